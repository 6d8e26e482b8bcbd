/*
** model.h
** Floor 2: files with their members, sets of names, and who defines what.
** Names are numbers here: each is stored once for the whole run, so that
** sets are sorted arrays of numbers, and "the same name" is one comparison.
*/

#ifndef sr_model_h
#define sr_model_h

#include "../formats/facts.h"

typedef struct symrun_File sr_File;
typedef struct symrun_Tree sr_Tree;
typedef struct symrun_Names sr_Names;

#define SR_NONE  UINT32_MAX  /* no member, no name */


/* -- intern.c: names as numbers ------------------------------------------- */

typedef struct sr_Name {
  const char *ptr;
  uint32_t len;
  uint32_t hash;  /* half of it, to grow the table without reading names */
} sr_Name;

typedef struct sr_Interned {
  sr_Arena bytes;
  sr_Name *names;
  size_t count, room;
  uint64_t *slots;   /* hash and number + 1; 0 is free */
  size_t size;       /* a power of two */
} sr_Interned;

/* The number of a name; SR_NONE when memory is out. */
uint32_t sr_intern (symrun *S, sr_Interned *I, const char *s, size_t len);
/* The same for a name that is not added: SR_NONE when it is not there. */
uint32_t sr_interned (const sr_Interned *I, const char *s, size_t len);
void sr_intern_free (symrun *S, sr_Interned *I);

#define SR_MANY  64  /* names that are worth asking for together */

/* One of them, as a reader gave it (see reading.c). */
typedef struct sr_Taken {
  const char *name;
  uint32_t len, hash;     /* sr_name_hash of it */
  uint32_t id;            /* out: its number */
  uint32_t member;        /* SR_NONE in a file that is no archive */
  uint32_t gap;           /* of one whose binding is odd: what it left open */
  unsigned char binding, place;
  bool comdat;
  unsigned char kind;     /* for who takes it */
} sr_Taken;

uint32_t sr_name_hash (const char *s, size_t len);
/* The name with this hash will be asked for soon. */
static inline void sr_intern_soon (const sr_Interned *I, uint32_t hash) {
  if (I->size > 0) SR_PREFETCH(&I->slots[hash & (I->size - 1)]);
}
/* sr_intern for each of them, in this order. */
int sr_intern_many (symrun *S, sr_Interned *I, sr_Taken *list, size_t n);


/* -- object.c, members.c: files and members ------------------------------- */

/* The bytes themselves, which are no view of symbols but can be a gap. */
#define SR_TEXT  SR_VIEWNAMES
/* Nor are facts; each kind is a gap of its own. */
#define SR_FACT_VIEW(kind)  ((sr_View_name)(SR_VIEWNAMES + 1 + (int)(kind)))

/* Something that could not be read. */
typedef struct sr_Gap {
  uint32_t member;     /* SR_NONE: the file, or all from some member on */
  sr_View_name view;
  bool damage;         /* holds whatever was asked */
  bool one;            /* about one symbol, and no other is open for it */
  uint32_t before;     /* 1 + the gap of this member before it; 0: none */
  size_t blamed;       /* the last evaluation that it made unknown */
  uint64_t offset;
  const char *field;   /* a literal, or NULL */
  const char *reason;
} sr_Gap;

typedef struct sr_Member {
  sr_Str name;
  uint64_t header, offset, size;
  uint32_t gap;        /* 1 + the last gap that is about it */
  uint8_t format;
  uint16_t machine;    /* of COFF: what decorates its names */
  bool outside;        /* thin */
  bool nested;         /* and inside an archive there: not read */
  bool probed;         /* format and size are known */
} sr_Member;

struct symrun_File {
  symrun *S;
  uint32_t id;          /* its place among the engine's files */
  const char *input;    /* as it was named */
  const char *path;     /* below the input: what reports print */
  const char *real;     /* what is opened, below 'root' */
  int root;             /* borrowed from the tree, or -1: */
  const char *folder;   /* to be opened for it; NULL: 'source' is memory */
  sr_Arena arena;
  const char *slice;    /* of a universal file: "arm64"; NULL: a whole one */
  uint64_t base, extent;  /* where it stands in that */
  sr_File **slices;     /* those of a universal file, once they are known */
  size_t nslices, rslices;
  bool sliced;
  sr_Told *told;        /* of a text, once it is read; its slices borrow it */
  uint64_t target;      /* the bit of such a slice */
  bool component;       /* of wasm */
  sr_Source source;     /* open only while it is read */
  int64_t stamp[6];     /* as it was when it was first read */
  sr_Archive archive;
  sr_Member *members;
  size_t count, room;
  sr_Member only;       /* all of 'members', of a file that is no archive */
  sr_Gap *gaps;
  size_t ngaps, rgaps;
  sr_Format format;
  sr_Role role;         /* of a file that is no archive */
  bool probed;          /* format and role are known */
  bool vague;           /* or cannot be known */
  bool walked;          /* all members are known */
  bool damaged;         /* one of the gaps is damage */
  bool unfollowed;      /* it is a link that leads nowhere, or outside */
  bool counted;         /* among the files that were looked at */
};

/* Facts for the report: how much was looked at. */
typedef struct sr_Checked { uint64_t files, members, symbols; } sr_Checked;

struct sr_Model {
  sr_Interned names;
  sr_Reader reader, inner;   /* inner: members of thin archives */
  sr_File *current;          /* the one that is open: one reader, one file */
  struct { int root; const char *path; size_t len; int fd; } folder;
                             /* of that or the last one, if it is open */
  bool busy;                 /* a caller's function is being called */
  sr_File **files;           /* which are in 'arena' */
  size_t nfiles, rfiles;
  sr_Arena arena;
  sr_Tree **trees;
  size_t ntrees, rtrees;
  sr_Glob **globs;           /* compiled once, kept for the run */
  size_t nglobs, rglobs;
  uint32_t *globslots;       /* by hash: 1 + its place there; 0 is free */
  size_t nglobslots;         /* a power of two */
  sr_Names *sets;            /* all that live */
  size_t evaluations;        /* of rules, in all plans */
  sr_Checked checked;
};

/* Its strings, and the walk's, last as long as the engine. */
int  sr_file_new (symrun *S, const char *input, const char *path,
                  const char *real, const sr_Walk *W, sr_File **out);
int  sr_file_wrap (symrun *S, sr_Str name, sr_Str bytes, sr_File **out);
/* The last one that was wrapped, when nobody has it any more. */
void sr_file_unwrap (sr_File *F);
/* What it is, by its content; what cannot be read becomes a gap. */
int  sr_file_probe (sr_File *F);
bool sr_file_is_archive (const sr_File *F);
/* Or a wasm component, whose members are the modules in it? */
bool sr_file_has_members (const sr_File *F);
/* Member 'i'; SYMRUN_END after the last one that can be read. */
int  sr_file_member (sr_File *F, size_t i, sr_Member **out);
/* Find all members that can be found. */
int  sr_file_walk (sr_File *F);
/* The member whose header is at 'offset', or SR_NONE. */
int  sr_file_member_at (sr_File *F, uint64_t offset, uint32_t *out);
/* Find out the format of member 'i', which sr_file_member gave. */
int  sr_file_look (sr_File *F, uint32_t i);
int  sr_file_gap (sr_File *F, uint32_t member, sr_View_name view,
                  bool damage);  /* from the engine's last sentence */
/* A symbol of which nobody knows whether it is what is asked for: 'why' is the
   end of a sentence, and '*out' its gap, which leaves nothing open but its
   name. */
int  sr_file_odd (sr_File *F, uint32_t member, sr_View_name view,
                  const sr_Symbol *sym, const char *why, uint32_t *out);
/* Is all that it has in its slices?  So it is in universal files, and in stubs,
   which have one for each target. */
bool sr_file_is_sliced (const sr_File *F);
/* Find the slices of such a file; what cannot be found is a gap of it.  Not
   from a thread that reads ahead. */
int  sr_file_slices (sr_File *F);
/* Have a linker script read, for its facts.  The same holds. */
int  sr_file_script (sr_File *F);
/* What all paths of the file are below: a descriptor that stays the engine's;
   not of a file in memory. */
int  sr_file_root (sr_File *F, int *out);
bool sr_file_in_memory (const sr_File *F);
/* Make the file readable by the engine's reader. */
int  sr_file_ready (sr_File *F);
/* The same for F->archive. */
int  sr_file_archive (sr_File *F);
/* Close what sr_file_* opened; tells a change as a gap. */
int  sr_file_done (sr_File *F);
/* A failure to read becomes a gap; lack of memory, and asking for a member
   that is not there, stay failures. */
int  sr_file_as_gap (sr_File *F, uint32_t member, sr_View_name view, int rc);
void sr_file_free (sr_File *F);

/* Open a file that lies beside an archive, as thin ones name their members. */
int  sr_file_beside (sr_File *F, sr_Str name, sr_Source *out);
/* Do something with a member's bytes, wherever they are.  SYMRUN_RANGE when
   sr_file_member has not given it yet. */
typedef int (*sr_Use) (symrun *S, uint32_t i, const sr_Member *m,
                       const sr_Part *part, void *ud);
int  sr_member_use (sr_File *F, uint32_t i, sr_Use use, void *ud);


/* -- scan.c: reading for somebody ----------------------------------------- */

/* One reading of a file: the reader's question, and where it is now. */
typedef struct sr_Scan {
  sr_Ask ask;
  const sr_Glob *members;  /* only members with such names; NULL: all */
  uint32_t only;           /* only this member; SR_NONE: all */
  sr_File *file;           /* now */
  uint32_t member;         /* now; SR_NONE in a file that is no archive */
} sr_Scan;

/* Hand every symbol that fits to scan->ask.each.  What cannot be read is
   found among the file's gaps afterwards. */
int  sr_file_scan (sr_File *F, sr_Scan *scan);
/* Does this gap leave such a question open? */
bool sr_gap_concerns (const sr_File *F, const sr_Gap *gap, const sr_Scan *scan);
/* For every place where bytes stand in a member: what is in sight from there,
   and whether the member ends with that. */
typedef int (*sr_Found) (void *ud, uint32_t member, const unsigned char *at,
                         size_t left, bool last);
/* Look through all of a member.  What cannot be read, or 'each' says that it
   cannot tell, becomes a gap of SR_TEXT. */
int  sr_file_find (sr_File *F, uint32_t member, sr_Str bytes, sr_Found each,
                   void *ud);
/* 128 bits that tell a member's bytes from any others.  What cannot be read
   is a gap, of SR_TEXT, and SYMRUN_UNKNOWN. */
int  sr_file_digest (sr_File *F, uint32_t member, uint64_t out[2]);


/* -- facts.c: what files say beside symbols ------------------------------- */

typedef struct sr_Facts {
  symrun *S;
  sr_FactKind what;
  sr_Str name;             /* of which it is asked, while it is */
  sr_Arena arena;          /* texts, each with a zero behind it */
  sr_Fact *list;
  size_t count, room;
} sr_Facts;

/* Of member 'i', or of a file that is no archive.  What cannot be told is a
   gap of SR_FACT_VIEW, and SYMRUN_UNKNOWN. */
int  sr_facts_ask (sr_File *F, uint32_t member, sr_FactKind what, sr_Str name,
                   sr_Facts **out);
void sr_facts_free (sr_Facts *A);
/* The first of a field; NULL if there is none. */
const sr_Fact *sr_facts_of (const sr_Facts *A, const char *field);
/* A target does not say "os" or the like: a gap of '*view', and
   SYMRUN_UNKNOWN; SYMRUN_END if no target has such a field. */
int  sr_facts_missing (sr_File *F, uint32_t member, const char *field,
                       sr_View_name *view);


/* -- reading.c: many files, for one question ------------------------------ */

/* What is asked of files, and who takes the answers.  'wants' and what it calls
   may run in any thread, with a file that no other has; the others run in the
   thread that asked, file by file in order. */
typedef struct sr_Reading {
  /* Fill in what is asked; SYMRUN_END: nothing, of this file. */
  int (*wants) (void *ud, sr_File *F, sr_Scan *scan);
  /* Some symbols of one file, whose names last until this returns. */
  int (*take) (void *ud, const sr_Scan *scan, sr_Taken *list, size_t n);
  /* That was all of scan->file, which was asked or not. */
  int (*done) (void *ud, const sr_Scan *scan, bool asked);
  void *ud;
} sr_Reading;

/* With a NULL for 'how', files are only probed. */
int  sr_read (symrun *S, sr_File **files, size_t count, const sr_Reading *how);


/* -- tree.c: the inputs --------------------------------------------------- */

typedef struct sr_Item {
  const sr_Entry *entry;   /* NULL: a file in memory */
  sr_File *file;           /* NULL until it is wanted */
  size_t input;            /* which one it is below */
} sr_Item;

struct symrun_Tree {
  symrun *S;
  sr_Walk *walks;          /* one for each input */
  const char **inputs;     /* as they were named */
  size_t ninputs, rwalks, rinputs;
  sr_Item *items;          /* input by input, in the order of the walk */
  size_t count, room;
  const sr_Glob **exclude;
  size_t nexclude, rexclude;
  sr_Arena arena;
  bool all;
};

int  sr_tree_new (symrun *S, bool all, sr_Tree **out);  /* the engine's */
void sr_tree_free (sr_Tree *T);
int  sr_tree_exclude (sr_Tree *T, sr_Str glob);  /* before sr_tree_add */
/* 'shown': what the input is called in reports; NULL: as it is named. */
int  sr_tree_add (sr_Tree *T, const char *input, const char *shown);
/* One file of its own, which must be no folder; the engine's. */
int  sr_tree_open_file (symrun *S, const char *path, sr_File **out);
int  sr_tree_wrap (sr_Tree *T, sr_Str path, sr_Str bytes);  /* both copied */
const char *sr_tree_path (const sr_Tree *T, size_t i);
/* Does the pattern take one of the file's paths? */
bool sr_tree_named (const sr_Tree *T, size_t i, const sr_Glob *glob);
int  sr_tree_file (sr_Tree *T, size_t i, sr_File **out);


/* -- names.c: sets -------------------------------------------------------- */

typedef struct sr_Place { uint32_t name, file, member; } sr_Place;

/* An open part: any name that all globs take and that is not in 'minus'. */
typedef struct sr_Term {
  const sr_Glob **globs;
  size_t nglobs;
  const uint32_t *minus;   /* ascending */
  size_t nminus;
} sr_Term;

typedef struct sr_GapRef { uint32_t file, gap; } sr_GapRef;

typedef struct sr_Places { sr_Place *at; size_t count, room; } sr_Places;

/* Places and gaps by file and member, for loops over members. */
typedef struct sr_Home { uint64_t home; uint32_t at; } sr_Home;
typedef struct sr_Homes { sr_Home *at; size_t count, room; } sr_Homes;
enum { SR_HOMES_SURE, SR_HOMES_EXTRA, SR_HOMES_GAPS, SR_HOMES_FAR, SR_HOMES };

struct symrun_Names {
  symrun *S;
  sr_Arena arena;
  sr_Places sure, extra;   /* sorted by name, file, member */
  sr_Term *terms;
  size_t nterms, rterms;
  bool unsure;             /* of a name in 'extra' that is not in 'sure' */
  sr_GapRef *gaps;         /* why it is not sure */
  size_t ngaps, rgaps;
  sr_GapRef *far;          /* may hide further places of its names: A's, in */
  size_t nfar, rfar;       /* A*B, though B says which names there are */
  sr_Homes homes[SR_HOMES];
  bool housed;             /* these are filled in */
  size_t unique;           /* sure names */
  uint32_t *order;         /* first place of each of them, in byte order */
  size_t rorder;
  bool slice;              /* of a loop: its text is what is sure */
  sr_Names *next, **link;  /* among the engine's */
};

/* What is asked of what. */
typedef struct sr_Question {
  unsigned want;
  sr_View_name view;
  const sr_Glob *glob;      /* NULL: all */
  const sr_Glob *members;   /* NULL: all */
  uint32_t only;            /* one member, or SR_NONE */
  bool strong;              /* not those that give way: weak, common, COMDAT */
} sr_Question;

int  sr_names_new (symrun *S, sr_Names **out);
void sr_names_free (sr_Names *N);
int  sr_names_ask (sr_Names *N, sr_File *F, const sr_Question *Q);
/* The same for many files: what to give to sr_read. */
typedef struct sr_Asking { sr_Names *N; const sr_Question *Q; } sr_Asking;
sr_Reading sr_names_reading (sr_Asking *A);
int  sr_names_put (sr_Names *N, sr_File *F, uint32_t member, const char *s,
                   size_t len);
/* The words that follow 'prefix' in the members' bytes. */
int  sr_names_text (sr_Names *N, sr_File *F, const sr_Question *Q,
                    sr_Str prefix);
/* What a scan could not read of its file: open for all that it asked. */
int  sr_names_unread (sr_Names *N, const sr_Scan *scan);
int  sr_names_place (sr_Names *N, const sr_Place *place);
int  sr_names_done (sr_Names *N);  /* after the last of these five */
/* Open for all that 'glob' takes, where 'unread' is open. */
int  sr_names_open_too (sr_Names *N, const sr_Names *unread,
                        const sr_Glob *glob);

enum { SR_PLUS, SR_TIMES, SR_MINUS };
int  sr_names_combine (const sr_Names *A, const sr_Names *B, int op,
                       sr_Names **out);
/* Fill in 'homes'.  Loops over members go along homes[SR_HOMES_SURE]. */
int  sr_names_house (sr_Names *N);
/* What of A stands in one member. */
int  sr_names_slice (sr_Names *A, uint32_t file, uint32_t member,
                     sr_Names **out);
int  sr_names_any (const sr_Names *N);                    /* SR_NO... */
int  sr_names_exact (const sr_Names *N);                  /* SR_YES, SR_MAYBE */
/* Are all places known: of every name, or of one? */
int  sr_names_placed (const sr_Names *N);
int  sr_names_placed_one (const sr_Names *N, uint32_t name);
int  sr_names_has (const sr_Names *N, sr_Str name);
int  sr_names_within (const sr_Names *A, const sr_Names *B);
/* Where the sure places of a name begin, or would. */
size_t sr_names_first (const sr_Names *N, uint32_t name);
int  sr_names_equal (const sr_Names *A, const sr_Names *B);
int  sr_names_order (sr_Names *N);  /* fills in 'order' */
sr_Str sr_name_text (const symrun *S, uint32_t name);
/* By name, file, member: negative, zero or positive. */
int  sr_place_order (const sr_Place *x, const sr_Place *y);


/* -- index.c: who defines, who wants, over many files --------------------- */

typedef struct sr_Index sr_Index;

int  sr_index_new (symrun *S, sr_Index **out);
/* Files are added in link order: what to give to sr_read. */
sr_Reading sr_index_reading (sr_Index *X);
/* Wanted by a strong reference, and defined nowhere; at all who want it. */
int  sr_index_unresolved (sr_Index *X, const sr_Glob *glob, sr_Names **out);
/* Defined strongly, outside of COMDAT groups, twice; at all who do. */
int  sr_index_duplicates (sr_Index *X, const sr_Glob *glob, sr_Names **out);
void sr_index_free (sr_Index *X);

/* -- model.c: what a run keeps -------------------------------------------- */

int  sr_model_new (symrun *S);
void sr_model_free (symrun *S);
/* A compiled pattern that lives as long as the engine. */
int  sr_glob_get (symrun *S, sr_Str text, int kind, const sr_Glob **out);

#endif
