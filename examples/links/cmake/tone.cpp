/*
** tone.cpp
** What libwave.so knows: the levels that were set, the last one last.
*/

#include <vector>

static std::vector<int> levels = { 1 };

extern "C" int tone_level (void) { return levels.back(); }
extern "C" void wave_tune (int level) { levels.push_back(level); }
