/*
** play.cpp
** A program that uses libwave.so: it should print 7.
*/

#include <iostream>

extern "C" int wave_play(void);
extern "C" void wave_tune(int level);

int main () {
  wave_tune(7);
  std::cout << "level=" << wave_play() << '\n';
}
