/*
** gauge.c
** A gauge: reads 40, unless it was trimmed.
*/

static int offset;

int gauge_read (void) { return 40 + offset; }

/* Nothing in Rust calls this one: it is for programs in C. */
void gauge_trim (int by) { offset += by; }
