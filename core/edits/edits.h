/*
** edits.h
** Floor 3: what comes out of a run.  The plan keeps what rules found and what
** they want changed; the record of each evaluation is kept here, in C, so
** that no pcall, coroutine or finalizer of a rule can take an unknown back.
*/

#ifndef sr_edits_h
#define sr_edits_h

#include "../model/model.h"

typedef struct symrun_Plan sr_Plan;

typedef struct sr_Finding {
  const char *rule, *message, *hint, *symbol;
  size_t symbol_len;
  const sr_File *file;       /* NULL: the run, or a folder in 'path' */
  const char *path, *input;  /* what to print for it, or NULL */
  uint32_t member;
  int order;                 /* the rule's place among the rules */
  int level;                 /* SYMRUN_NOTE... */
  bool unknown;
  uint64_t offset;           /* unknown: where, and which field */
  const char *field;
  size_t serial;             /* as it was reported */
  size_t evaluation;         /* that reported it */
} sr_Finding;

typedef struct sr_Edit {
  const char *rule, *op, *why;
  sr_File *file;             /* NULL: a line */
  uint32_t member;           /* SR_NONE: the file, or: */
  const sr_Glob *members;    /* its members with such names; NULL: all */
  sr_Str *names;             /* in byte order, each once */
  size_t nnames;
  sr_Str to;                 /* of a rename, a wasm import */
  uint64_t value;            /* of a definition */
  unsigned how;              /* SR_DISSOLVE... */
  uint32_t *places;          /* of an order: members as they are to come */
  size_t nplaces;
  int order;
  size_t serial, evaluation;
  size_t finding;            /* the 'serial' of the one that asks for it */
} sr_Edit;

struct symrun_Plan {
  symrun *S;
  sr_Arena arena;
  sr_Finding *findings;
  size_t count, room;
  sr_Edit *edits;
  size_t nedits, redits;
  const char **not_run;
  size_t nnot_run, rnot_run;
  uint64_t rules;            /* that were evaluated at least once */
  /* the evaluation that is going on */
  size_t evaluation;         /* never twice the same in one engine */
  bool open, unknown;
  bool owed;                 /* becomes unknown when it ends */
  bool told;                 /* a finding says why it is unknown */
  const char *rule, *about;  /* its id; a hint for what stays unknown */
  int order;
  const sr_File *subject;
  sr_GapRef *why;            /* what made it unknown */
  size_t nwhy, rwhy;
  uint32_t *looked;          /* files, by id: the last evaluation to look */
  size_t rlooked;
  uint32_t *seen;            /* files of this evaluation */
  size_t nseen, rseen;
  sr_Plan *next;             /* among the engine's */
};

int  sr_plan_new (symrun *S, sr_Plan **out);
void sr_plan_free (sr_Plan *P);

/* One evaluation: a rule and a subject (a file, or NULL).  'about' is the
   rule's own advice for what cannot be told; may be NULL. */
int  sr_plan_begin (sr_Plan *P, const char *rule, int order,
                    const char *about, const sr_File *subject);
int  sr_plan_end (sr_Plan *P);
/* Is this the evaluation that goes on?  If not, that something was reported
   too late is itself kept as unknown: SYMRUN_RULE. */
int  sr_plan_current (sr_Plan *P, size_t evaluation);
/* Outside of an evaluation these go to the record of the run. */
int  sr_plan_looked (sr_Plan *P, const sr_File *F);
/* An answer depends on what N could not read: SYMRUN_UNKNOWN. */
int  sr_plan_unknown (sr_Plan *P, const sr_Names *N);
/* Or on what of a file could not be: of one member, or, with SR_NONE, the
   list of its members. */
int  sr_plan_unread (sr_Plan *P, const sr_File *F, uint32_t member,
                     sr_View_name view);
/* A list was given that N may not have given whole: like damage, it makes the
   evaluation unknown when it ends, and what it reports till then stays. */
int  sr_plan_owe (sr_Plan *P, const sr_Names *N);
/* A question failed, with 'code' and the engine's sentence: unknown, unless
   that is written already or no evaluation goes on.  Keeps the sentence. */
int  sr_plan_failed (sr_Plan *P, int code);

/* Report; '*out' is the finding's number, or SIZE_MAX when this evaluation
   is unknown already and later findings do not count. */
int  sr_plan_report (sr_Plan *P, int level, const sr_File *F, uint32_t member,
                     sr_Str symbol, const char *message, size_t *out);
/* The rule itself cannot tell: unknown, in its own words. */
int  sr_plan_doubt (sr_Plan *P, const sr_File *F, uint32_t member,
                    const char *message, size_t *out);
int  sr_plan_hint (sr_Plan *P, size_t finding, const char *hint);
/* Ask for an edit: all of 'wanted' up to 'places' but rule and why, copied.
   SYMRUN_RULE: there is no such operation, or not on such a file. */
int  sr_plan_edit (sr_Plan *P, size_t finding, const sr_Edit *wanted);
/* The names of a set, which must be known exactly: an edit of some would be
   half done. */
int  sr_plan_names (sr_Plan *P, sr_Names *names, sr_Str **out, size_t *count);
/* Something that is unknown for a reason other than a gap: nothing checked,
   a rule's error, a folder that cannot be read. */
int  sr_plan_trouble (sr_Plan *P, const char *rule, int order,
                      const char *input, const char *path,
                      const char *message, const char *hint);
int  sr_plan_not_run (sr_Plan *P, const char *rule);
void sr_plan_sort (sr_Plan *P);
int  sr_plan_verdict (const sr_Plan *P, int level);
/* 16 hex digits that stay when paths, machines and other findings change. */
void sr_plan_fingerprint (const sr_Plan *P, size_t finding, char out[17]);


/* -- fix.c, fix_made.c: the edits of files --------------------------------- */

/* What an operation is called: "localize".  NULL after the last. */
const char *sr_edit_op (size_t i);
/* May the operation be asked of a file?  Else SYMRUN_RULE. */
int  sr_edit_fits (symrun *S, const char *op, const sr_File *F,
                   uint32_t member);
/* Two that cannot both be done: SYMRUN_RULE, and the sentence names who asks
   for them. */
int  sr_fix_agrees (sr_Plan *P);
/* A file as its edits want it; a refusal names the rule.  SYMRUN_END: they
   change nothing.  'out' is the caller's to free. */
struct sr_Made;
int  sr_fix_made (sr_Plan *P, sr_File *F, struct sr_Made *out);
/* All these files at these paths: all of them are written, or none is.
   'in_place': they are the files' own. */
int  sr_fix_write (sr_Plan *P, sr_File *const *files,
                   const char *const *paths, size_t count, bool in_place,
                   sr_Replaced *kept);

#endif
