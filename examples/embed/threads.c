/*
** threads.c
** Two engines in two threads at once: nothing is shared, so nothing is
** locked.  Each runs the rule over the input ten times and must get the same.
*/

#include <pthread.h>
#include <stdio.h>
#include <symrun.h>

static char **words;

static void *work (void *out) {
  int *findings = (int *)out, i;
  for (i = 0; i < 10; i++) {
    symrun *S = symrun_new(NULL, NULL);
    symrun_Plan *plan = NULL;
    if (symrun_rule_load(S, words[1]) == SYMRUN_OK
        && symrun_rule_input(S, words[2]) == SYMRUN_OK
        && symrun_rule_run(S, &plan) == SYMRUN_OK)
      *findings += (int)symrun_plan_count(plan);
    symrun_close(S);
  }
  return NULL;
}


int main (int argc, char **argv) {
  pthread_t threads[2];
  int found[2] = {0, 0}, i;
  if (argc != 3) return 2;
  words = argv;
  for (i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &found[i]);
  for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("%d %d\n", found[0], found[1]);
  return found[0] != found[1];
}
