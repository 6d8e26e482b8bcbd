/*
** fix.h
** Floor 3: what the files that carry out edits share.
*/

#ifndef sr_fix_h
#define sr_fix_h

#include "edits.h"
#include "rewrite.h"

typedef enum sr_FixKind { SR_FIX_REINDEX, SR_FIX_DROP, SR_FIX_ORDER,
                          SR_FIX_SYMBOL, SR_FIX_KEEP, SR_FIX_SECTION }
  sr_FixKind;

/* Which symbols an edit of several members is about; where it is of one, it
   is about all of that name. */
enum { SR_FIX_ANY, SR_FIX_DEFINED, SR_FIX_SEEN /* defined, and not local */ };

typedef struct sr_FixOp {
  const char *name;
  sr_FixKind kind;
  sr_ObjectOp object;
  unsigned about;
  unsigned against;  /* operations on the same symbol, a bit for each */
} sr_FixOp;

const sr_FixOp *sr_fix_op (const char *name);
/* Is the edit about member 'i'? */
bool sr_fix_takes (const sr_Edit *e, const sr_File *F, uint32_t i);

#endif
