/*
** wave.c
** libwave.so: what programs call.
*/

int tone_level(void);

int wave_play (void) { return tone_level(); }
