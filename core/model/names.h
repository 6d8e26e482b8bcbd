/*
** names.h
** What the files of sets, and the index, share.
*/

#ifndef sr_names_h
#define sr_names_h

#include "model.h"

extern const sr_Term sr_widest;  /* any name */

int  sr_places_put (symrun *S, sr_Places *P, const sr_Place *place);
int  sr_places_sort (symrun *S, sr_Places *P);  /* and each once */
size_t sr_places_names (const sr_Places *P);  /* how many, when sorted */
bool sr_places_have (const sr_Places *P, uint32_t name);
int  sr_names_gap (sr_Names *N, uint32_t file, uint32_t gap);
/* What two terms share; with 'b' the widest, that is 'a'. */
int  sr_names_term (sr_Names *N, const sr_Term *a, const sr_Term *b);
/* Is the name in, or may it be? */
bool sr_names_may (const sr_Names *N, uint32_t name);

#endif
