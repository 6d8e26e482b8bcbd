"""symrun's question, asked with pyelftools as its manual shows it.

    names.py GLOB [-l] @LIST    defined globals that match
"""

import fnmatch
import re
import sys

from elftools.elf.elffile import ELFFile


def main():
    wanted = re.compile(fnmatch.translate(sys.argv[1])).match
    found = set()
    with open(sys.argv[-1][1:]) as paths:
        for path in paths.read().splitlines():
            with open(path, "rb") as file:
                table = ELFFile(file).get_section_by_name(".symtab")
                for symbol in table.iter_symbols() if table else ():
                    if (symbol["st_info"]["bind"] != "STB_LOCAL"
                            and symbol["st_shndx"] != "SHN_UNDEF"
                            and wanted(symbol.name)):
                        found.add(symbol.name)
    print("names: %d" % len(found))
    if "-l" in sys.argv:
        for name in sorted(found):
            print(name)


main()
