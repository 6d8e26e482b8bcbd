/*
** host.c
** A program in C over libgauge.so: wants what Rust defines, and what C does.
*/

#include <stdio.h>

int gauge_read(void);
void gauge_trim(int by);
int gauge_mean(int readings);

int main (void) {
  gauge_trim(2);
  printf("read=%d mean=%d\n", gauge_read(), gauge_mean(3));
  return 0;
}
