/*
** history.c
** What the gauge has read before.
*/

int gauge_read(void);

int gauge_history (int nth) { return gauge_read() - nth; }
