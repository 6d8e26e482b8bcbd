/*
** coff_comdat.c
** COMDAT sections: which copies give way to others.  That is no attribute of
** a symbol: the section says that it is a COMDAT, its own symbol how to choose
** among copies, and the next symbol in it is the one that copies are known by.
** "No duplicates" is a choice too, and a section may do as another does.
**
** Layouts: Microsoft's "PE Format", section "COMDAT Sections"; who leads is
** what lld's ObjFile::createDefined does.
*/

#include "coff.h"

enum { NONE, NODUPLICATES, ANY, SAME_SIZE, EXACT_MATCH, ASSOCIATIVE, LARGEST,
       NEWEST, CHOICES };

enum { OPEN, ASKING, STAYS, GIVES_WAY };  /* answers, for a section */

typedef struct Section {
  uint32_t parent;       /* of an associative one */
  unsigned char choice;
  unsigned char answer;
  bool led;              /* its first symbol was seen */
} Section;

typedef struct Comdats {
  sr_Coff *C;
  Section *sections;     /* from 1 on */
} Comdats;


static bool is_comdat (const sr_Coff *C, int64_t i) {
  return i > 0 && i <= (int64_t)C->nsections
      && (sr_u32(C->headers + (size_t)(i - 1) * COFF_HEADER + 36, false)
          & SCN_COMDAT) != 0;
}


/* The section's own symbol, whose record follows at 'p'. */
static int choice (Comdats *D, Section *sec, const unsigned char *p,
                   uint64_t at) {
  sr_Coff *C = D->C;
  sec->choice = p[14];
  if (sec->choice == NONE || sec->choice >= CHOICES)
    return sr_coff_damage(C, at + 14, "Selection", sec->choice, "1 to 7, for "
                          "the section is a COMDAT");
  if (sec->choice != ASSOCIATIVE) return SYMRUN_OK;
  sec->parent = sr_u16(p + 12, false);
  if (C->entry == 20) sec->parent |= (uint32_t)sr_u16(p + 16, false) << 16;
  if (sec->parent == 0 || sec->parent > C->nsections)
    return sr_coff_damage(C, at + 12, "Number", sec->parent, "the index of "
                          "the section that this one goes with");
  return SYMRUN_OK;
}


/* Find what all COMDAT sections choose, and who leads them.  One that a local
   symbol leads stays: no other object can have it. */
static int find (Comdats *D, const unsigned char *symbols) {
  sr_Coff *C = D->C;
  bool big = C->entry == 20;
  uint32_t i, next;
  for (i = 0; i < C->nsymbols; i = next) {
    const unsigned char *p = symbols + (size_t)i * C->entry;
    sr_CoffSymbol s = sr_coff_symbol(p, big);
    Section *sec;
    if (s.aux >= C->nsymbols - i) return SYMRUN_OK;  /* told by who reads on */
    next = i + 1 + s.aux;
    if (!is_comdat(C, s.section)) continue;
    sec = &D->sections[s.section];
    if (sec->choice == NONE) {
      int rc = SYMRUN_OK;
      if (s.sclass == SYM_STATIC && s.aux > 0)
        rc = choice(D, sec, p + C->entry,
                    C->symbols_at + (uint64_t)(i + 1) * C->entry);
      if (rc != SYMRUN_OK) return rc;
    }
    else if (!sec->led && sec->choice != ASSOCIATIVE) {
      sec->led = true;
      sec->answer = sec->choice != NODUPLICATES && s.sclass == SYM_EXTERNAL
                  ? GIVES_WAY : STAYS;
    }
  }
  return SYMRUN_OK;
}


/* What a section goes with decides, and may itself go with another: all on
   the way get one answer, so none is asked twice. */
static int decide (Comdats *D, uint32_t i) {
  uint32_t at = i;
  unsigned char answer;
  while (D->sections[at].answer == OPEN
         && D->sections[at].choice == ASSOCIATIVE) {
    D->sections[at].answer = ASKING;
    at = D->sections[at].parent;
  }
  answer = D->sections[at].answer;
  if (answer == ASKING)
    return sr_coff_damage(D->C, D->C->headers_at
                          + (uint64_t)(i - 1) * COFF_HEADER, "Number", at,
                          "that of a section that does not go with this one");
  if (answer == OPEN) answer = STAYS;
  for (at = i; D->sections[at].answer == ASKING; at = D->sections[at].parent)
    D->sections[at].answer = answer;
  return SYMRUN_OK;
}


int sr_coff_comdats (sr_Coff *C, const unsigned char *symbols,
                     unsigned char **out) {
  Comdats D = {C, NULL};
  size_t room = (size_t)C->nsections + 1;
  unsigned char *marks = NULL;
  uint32_t i;
  int rc;
  for (i = 1; i <= C->nsections && !is_comdat(C, i); i++) ;
  if (i > C->nsections) return SYMRUN_OK;
  D.sections = (Section *)sr_new(C->S, room * sizeof *D.sections);
  if (D.sections == NULL) return SYMRUN_NOMEM;
  rc = find(&D, symbols);
  for (i = 1; i <= C->nsections && rc == SYMRUN_OK; i++) rc = decide(&D, i);
  if (rc == SYMRUN_OK) marks = (unsigned char *)sr_new(C->S, room);
  for (i = 1; marks != NULL && i <= C->nsections; i++)
    marks[i] = D.sections[i].answer == GIVES_WAY;
  sr_delete(C->S, D.sections, room * sizeof *D.sections);
  *out = marks;
  return rc == SYMRUN_OK && marks == NULL ? SYMRUN_NOMEM : rc;
}
