/*
** rewrite.h
** Floor 3: objects and archives, changed.  Bytes come in and other bytes come
** out; nothing is written here, and what comes in stays as it is.
**
** An edit that cannot hold is refused before anything is made, and the
** sentence says which symbol or member, and why: a linker would reject the
** result, or read the symbol from a table that was not changed, or somebody
** else still wants the name.
*/

#ifndef sr_rewrite_h
#define sr_rewrite_h

#include "../model/model.h"


/* -- objects --------------------------------------------------------------- */

typedef enum sr_ObjectOp {
  SR_LOCALIZE,       /* global, weak: only its own object sees it */
  SR_GLOBALIZE,      /* local: all see it */
  SR_WEAKEN,         /* global: gives way to others */
  SR_HIDE,           /* no other than what it is linked into sees it */
  SR_UNHIDE,
  SR_RENAME,         /* definitions and references: 'to' */
  SR_STRIP,          /* a symbol that no relocation needs is gone */
  SR_KEEP_ONLY,      /* of the definitions others see, only these: all others
                        become local; the edits with this op are one list */
  SR_ADD_UNDEFINED,  /* a want that was not there: pulls a member */
  SR_ADD_ABSOLUTE,   /* a definition, at 'value' */
  SR_DROP_SECTION,   /* 'name' is the section's, its relocations go with it */
  SR_WASM_IMPORT,    /* the import of 'name': 'to' is "module", or
                        "module.field"; 'value' bytes of it are the module,
                        or, if that is 0, those before its only '.' */
  SR_OBJECTOPS
} sr_ObjectOp;

/* What makes an edit go where it is refused otherwise. */
enum {
  SR_DISSOLVE = 1,   /* a symbol in a COMDAT group: the group is one no more,
                        so that its members are linked whatever others have */
  SR_DROP_LTO = 2,   /* tables that a linker may read in place of this one
                        (GCC LTO, .llvm.lto, bitcode) are dropped with it */
  SR_CLEAR_EXTERN = 4,  /* Mach-O: local, where private extern would do */
  SR_INSIST = 8      /* whoever edits knows better, where that is safe */
};

typedef struct sr_ObjectEdit {
  sr_ObjectOp op;
  unsigned how;      /* SR_DISSOLVE... */
  sr_Str name;       /* as the table of the object has it: "_f" in Mach-O */
  sr_Str to;
  uint64_t value;
  uint64_t done;     /* out: how many symbols or sections were changed; 0: no
                        such name, or it was so; the first SR_KEEP_ONLY has
                        all */
} sr_ObjectEdit;

/* The name of an operation on a command line: "localize". */
const char *sr_object_op_name (sr_ObjectOp op);

/* Bytes that were made, the engine's; or borrowed, while 'room' is 0. */
typedef struct sr_Made { char *ptr; size_t len, room; } sr_Made;

int  sr_made_add (symrun *S, sr_Made *M, const void *bytes, size_t len);
int  sr_made_zero (symrun *S, sr_Made *M, size_t len);
void sr_made_free (symrun *S, sr_Made *M);

/* Change an object.  Where nothing changes '*out' borrows 'bytes'.
   SYMRUN_RULE: refused; SYMRUN_FORMAT: damaged; SYMRUN_UNKNOWN: this version
   cannot tell.  Whatever is made is read again: it has the symbols that it
   should, and all other bytes of sections are as they were. */
int  sr_object_edit (symrun *S, sr_Format f, sr_Str bytes,
                     sr_ObjectEdit *edits, size_t count, sr_Made *out);
/* edit_elf.c, edit_macho.c, edit_coff.c, edit_wasm.c: without the re-reading,
   for sr_object_edit. */
typedef int (*sr_ObjectEditor) (symrun *S, sr_Str bytes, sr_ObjectEdit *edits,
                                size_t count, sr_Made *out);
int  sr_elf_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                  sr_Made *out);
int  sr_macho_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits,
                    size_t count, sr_Made *out);
int  sr_coff_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                   sr_Made *out);
int  sr_wasm_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                   sr_Made *out);


/* -- archives -------------------------------------------------------------- */

/* A member of an archive that is to be written. */
typedef struct sr_ArNew {
  uint32_t from;     /* member of the archive that is changed; SR_NONE: new */
  sr_Str name;       /* 'ptr' NULL: the name that it has */
  sr_Made bytes;     /* 'ptr' NULL: the bytes that it has */
} sr_ArNew;

typedef enum sr_ArKind { SR_AR_SAME, SR_AR_GNU, SR_AR_BSD, SR_AR_DARWIN,
                         SR_AR_COFF } sr_ArKind;

typedef struct sr_ArPlan {
  sr_File *file;     /* the archive; NULL: there is none yet */
  sr_ArKind kind;    /* its headers and index */
  int thin;          /* 1, 0, or -1: as it is */
  bool reindex;      /* write the index anew although no member changed */
  sr_ArNew *members; /* all of them, in order */
  size_t count, room;
} sr_ArPlan;

/* The archive as it is, for callers to change the list. */
int  sr_ar_plan (symrun *S, sr_File *F, sr_ArPlan *out);
void sr_ar_plan_free (symrun *S, sr_ArPlan *P);
/* All bytes of the archive that the plan makes.  Dates, owners and modes of
   what changes are 0, 0 and 644; what does not change keeps its header.  A
   plan that changes nothing gives the bytes that there were, to the last; any
   other writes the index anew, by what members define.
   SYMRUN_RULE: refused; SYMRUN_UNKNOWN: the archive is damaged (but for an
   index that is wrong, where 'reindex' asks for another), or nobody can tell
   what a member defines.  In a thin archive, who gives a member bytes also
   writes the file that its name tells; of others it is looked at. */
int  sr_ar_made (symrun *S, sr_ArPlan *P, sr_Made *out);

#endif
