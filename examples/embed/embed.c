/*
** embed.c
** Run one rule from another program and print what it found.
**   cc embed.c $(pkg-config --cflags --libs symrun) && ./a.out RULES INPUT
** All memory comes from 'counted' below, Lua's included, so what is left at
** the end is symrun's own doing: nothing.
*/

#include <stdio.h>
#include <stdlib.h>
#include <symrun.h>

static void *counted (void *ud, void *ptr, size_t osize, size_t nsize) {
  size_t *bytes = (size_t *)ud;
  void *p = NULL;
  if (ptr == NULL) osize = 0;  /* then Lua says there what it is for */
  if (nsize > 0 && (p = realloc(ptr, nsize)) == NULL) return NULL;
  if (nsize == 0) free(ptr);
  *bytes += nsize - osize;
  return p;
}


static void print (const symrun_Plan *plan) {
  size_t i;
  for (i = 0; i < symrun_plan_count(plan); i++) {
    symrun_Finding f;
    f.struct_size = sizeof f;
    symrun_plan_finding(plan, i, &f);
    printf("%s %s %.*s %.*s: %s\n", f.unknown ? "unknown" : "violated", f.rule,
           (int)f.file.len, f.file.ptr, (int)f.member.len, f.member.ptr,
           f.message);
  }
}


int main (int argc, char **argv) {
  size_t bytes = 0;
  symrun *S = symrun_new(counted, &bytes);
  symrun_Plan *plan = NULL;
  int verdict = 2;
  if (argc == 3 && symrun_rule_load(S, argv[1]) == SYMRUN_OK
      && symrun_rule_input(S, argv[2]) == SYMRUN_OK
      && symrun_rule_run(S, &plan) == SYMRUN_OK) {
    verdict = symrun_plan_verdict(plan, SYMRUN_ERROR);
    print(plan);
  }
  else
    fprintf(stderr, "embed: %s\n", symrun_message(S));
  symrun_close(S);  /* and the plan with it */
  return bytes == 0 ? verdict : 3;
}
