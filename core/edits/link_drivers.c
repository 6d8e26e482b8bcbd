/*
** link_drivers.c
** The options of the drivers gcc and clang, which compile, and call a linker
** with some of what they are given.  Facts from gcc --help and clang
** --help-hidden, and from what both say to an option that stands last.
**
** Names stand without one dash.  What begins like a family and is not named
** apart takes no further word: -fPIC, -Wall, -march=native, -O2, -gdwarf.
*/

#include "link_inner.h"

#define GCC   SR_BY_GCC
#define CLANG SR_BY_CLANG
#define NO    SR_OPT_NONE
#define FLAG  SR_FLAG
#define VALUE (SR_SEP | SR_EQ)
#define SHORT (SR_SEP | SR_JOIN)
#define ALIAS SR_ALIAS

const sr_Row sr_driver_rows[] = {
  /* what is made */
  {SHORT | ALIAS, SR_OPT_OUTPUT, 0, "o"},
  {VALUE | ALIAS, SR_OPT_OUTPUT, 0, "o -output"},
  {FLAG | ALIAS, SR_OPT_SHARED, 0, "shared -shared"},
  {FLAG, SR_OPT_SHARED, 0, "dynamiclib"},
  {FLAG | ALIAS, SR_OPT_PIE, 0, "pie -pie"},
  {FLAG | ALIAS, SR_OPT_NO_PIE, 0, "no-pie nopie -no-pie"},
  {FLAG | ALIAS, SR_OPT_STATIC, 0, "static -static"},
  {FLAG | ALIAS, SR_OPT_STATIC_PIE, 0, "static-pie -static-pie"},
  {FLAG, SR_OPT_RELOCATABLE, 0, "r"},
  {FLAG, SR_OPT_BUNDLE, 0, "bundle"},
  {SR_SEP, SR_OPT_SONAME, 0, "install_name"},
  {SHORT | ALIAS, SR_OPT_SONAME, GCC, "h"},
  {SHORT | ALIAS, SR_OPT_ENTRY, 0, "e"},
  {VALUE | ALIAS, SR_OPT_ENTRY, GCC, "e -entry"},
  /* where to look, and what for */
  {SHORT | ALIAS, SR_OPT_LIB, 0, "l"},
  {SR_JOIN, SR_OPT_LIB, 0, "weak-l"},
  {SHORT | ALIAS, SR_OPT_FOLDER, 0, "L"},
  {VALUE | ALIAS, SR_OPT_FOLDER, 0, "L -library-directory"},
  {SR_SEP, SR_OPT_FRAMEWORK, 0, "framework weak_framework"},
  {SHORT, SR_OPT_FRAMEWORK_FOLDER, 0, "F"},
  {SR_SEP, SR_OPT_FORCE_LOAD, 0, "force_load"},
  {SR_SEP, SR_OPT_FILE, 0, "weak_library"},
  {SR_SEP, SR_OPT_FILELIST, 0, "filelist"},
  {VALUE, SR_OPT_SYSROOT, 0, "-sysroot"},
  {SHORT, SR_OPT_SYSROOT, 0, "isysroot"},
  {SR_SEP, SR_OPT_RPATH, CLANG, "rpath"},
  {SHORT, SR_OPT_RPATH, GCC, "R"},
  {FLAG, SR_OPT_WHOLE, 0, "all_load"},
  {FLAG, SR_OPT_NO_STDLIB, 0, "nostdlib nodefaultlibs nostartfiles nolibc "
   "nostdlib++ -no-standard-libraries"},
  {FLAG, NO, 0, "nodriverkitlib nogpulib nohipwrapperinc"},
  /* texts */
  {SHORT | ALIAS, SR_OPT_SCRIPT, 0, "T"},
  {VALUE, NO, 0, "Tbss Tdata Ttext"},
  {SR_EQ, NO, 0, "Ttext-segment Trodata-segment Tldata-segment"},
  {SR_SEP, SR_OPT_EXPORT_LIST, CLANG, "exported_symbols_list"},
  {SR_SEP, SR_OPT_UNEXPORT_LIST, CLANG, "unexported_symbols_list"},
  /* symbols */
  {FLAG | ALIAS, SR_OPT_EXPORT_ALL, 0, "rdynamic export-dynamic"},
  {SHORT | ALIAS, SR_OPT_UNDEFINED, 0, "u"},
  {VALUE | ALIAS, SR_OPT_UNDEFINED, 0, "u -force-link"},
  {SR_SEP, SR_OPT_UNRESOLVED, CLANG, "undefined"},
  {FLAG, SR_OPT_SYMBOLIC, 0, "symbolic -symbolic"},
  {FLAG, SR_OPT_GC, 0, "dead_strip"},
  {FLAG | ALIAS, SR_OPT_STRIP, 0, "s"},
  {SHORT, SR_OPT_Z, 0, "z"},
  /* who links */
  {VALUE | ALIAS, SR_OPT_TARGET, 0, "-target"},
  {SR_SEP | ALIAS, SR_OPT_TARGET, 0, "-target target"},
  {SR_EQ, SR_OPT_TARGET, 0, "darwin-target-variant"},
  {SR_EQ | ALIAS, SR_OPT_USE_LD, 0, "fuse-ld"},
  {SR_EQ | ALIAS, SR_OPT_USE_LD, 0, "fuse-ld -ld-path"},
  {SHORT | ALIAS, SR_OPT_LD_FOLDER, 0, "B"},
  {VALUE | ALIAS, SR_OPT_LD_FOLDER, 0, "B -prefix"},
  {SR_EQ, SR_OPT_OPAQUE, 0, "-for-linker"},
  {SR_SEP, SR_OPT_OPAQUE, 0, "-for-linker -config"},
  {SR_EQ, SR_OPT_OPAQUE, CLANG, "-config"},
  {SR_JOINSEP, SR_OPT_OPAQUE, 0, "Xarch_"},
  /* does not link */
  {FLAG, SR_OPT_NO_LINK, 0, "c S E M MM fsyntax-only ### cc1 cc1as "
   "dumpmachine dumpversion dumpfullversion dumpspecs emit-ast "
   "emit-interface-stubs emit-merged-ifs module-file-info verify-pch "
   "rewrite-objc rewrite-legacy-objc help help-hidden -help -help-hidden "
   "-version -target-help -analyze -migrate -precompile -compile -assemble "
   "-preprocess -dependencies -user-dependencies -emit-static-lib "
   "extract-api ccc-print-phases ccc-print-bindings "
   "print-file-name print-prog-name print-search-dirs print-libgcc-file-name "
   "print-multi-directory print-multi-lib print-multi-os-directory "
   "print-multiarch print-sysroot print-sysroot-headers-suffix "
   "print-resource-dir print-runtime-dir print-rocm-search-dirs "
   "print-target-triple print-effective-triple print-supported-cpus "
   "print-targets print-ivar-layout print-diagnostic-options "
   "print-multi-flags-experimental print-multi-lib-index "
   "print-enabled-extensions print-supported-extensions "
   "print-library-module-manifest-path"},
  {FLAG, SR_OPT_NO_LINK, 0, "-print-search-dirs "
   "-print-libgcc-file-name -print-multi-directory -print-multi-lib "
   "-print-multi-os-directory -print-multiarch -print-sysroot "
   "-print-sysroot-headers-suffix -print-resource-dir -print-runtime-dir "
   "-print-target-triple -print-effective-triple -print-supported-cpus "
   "-print-targets -print-diagnostic-categories -print-diagnostic-options "
   "-print-multi-flags-experimental -print-enabled-extensions "
   "-print-supported-extensions -dumpversion -dumpmachine"},
  {SR_EQ, SR_OPT_NO_LINK, 0, "print-file-name print-prog-name -print-file-name "
   "-print-prog-name -help -autocomplete"},
  /* the preprocessor's and the compiler's, with a value */
  {SR_SEP, SR_OPT_LANGUAGE, 0, "-language"},
  {SHORT, SR_OPT_LANGUAGE, 0, "x"},
  {SHORT, NO, 0, "D U I A iquote isystem idirafter iprefix iwithprefix "
   "iwithprefixbefore imacros include iframework"},
  {SR_SEP, NO, 0, "MF MT MQ MJ imultilib imultiarch iplugindir Xassembler "
   "Xpreprocessor Xclang Xanalyzer Xarch_device Xarch_host Xcuda-fatbinary "
   "Xcuda-ptxas Xopenmp-target mllvm mmlir mthread-model meabi b "
   "working-directory ivfsoverlay ivfsstatcache cxx-isystem iwithsysroot "
   "iframeworkwithsysroot stdlib++-isystem resource-dir "
   "serialize-diagnostics module-dependency-dir ccc-arcmt-migrate "
   "ccc-gcc-name ccc-install-dir ccc-objcmt-migrate "
   "arcmt-migrate-report-output gen-cdb-fragment-path fdebug-compilation-dir "
   "fmodules-user-build-path ftrapv-handler fxray-instruction-threshold "
   "fxray-always-instrument fxray-never-instrument fxray-attr-list "
   "fxray-modes fxray-instrumentation-bundle current_version "
   "compatibility_version bundle_loader image_base init pagezero_size "
   "read_only_relocs seg1addr seg_addr_table seg_addr_table_filename "
   "segs_read_only_addr segs_read_write_addr sub_library sub_umbrella "
   "allowable_client client_name multiply_defined multiply_defined_unused "
   "weak_reference_mismatches arch arch_only -serialize-diagnostics "
   "-analyzer-output -param -assert -define-macro -dump -dumpbase "
   "-dumpbase-ext -dumpdir -imacros -include -include-directory "
   "-include-directory-after -include-prefix -include-with-prefix "
   "-include-with-prefix-after -include-with-prefix-before -undefine-macro "
   "-resource -std -specs -for-assembler"},
  {SR_SEP, NO, GCC, "specs aux-info dumpbase dumpbase-ext dumpdir wrapper "
   "Hd Hf Xf"},
  {SHORT, NO, CLANG, "G"},
  {SR_SEP, NO, CLANG, "V include-pch isystem-after dependency-file "
   "dependency-dot dsym-dir dylib_file umbrella Xflang Xoffload-linker "
   "Xthinlto-distributor"},
  {SHORT, NO, GCC, "J"},
  {SR_SEP | SR_VALUES(2), NO, 0, "segaddr sectobjectsymbols"},
  {SR_SEP | SR_VALUES(3), NO, 0, "sectalign sectcreate sectorder segcreate "
   "segprot"},
  {SR_JOINSEP, NO, 0, "Xopenmp-target= Xoffload-linker-"},
  {SR_EQ, NO, 0, "-param -assert -define-macro -dumpbase -dumpbase-ext "
   "-dumpdir -imacros -include -include-directory "
   "-include-directory-after -include-prefix -undefine-macro -std -specs "
   "specs std stdlib -stdlib save-temps -save-temps rtlib -rtlib unwindlib "
   "-unwindlib resource-dir -resource -optimize -debug -warn- -machine "
   "-gcc-toolchain -gcc-install-dir -gcc-triple -cuda-path -cuda-gpu-arch "
   "-offload-arch -no-offload-arch -offload -offload-compress -rocm-path "
   "-hip-path -hip-version -libomptarget-nvptx-bc-path -ptxas-path "
   "-driver-mode -rsp-quoting -system-header-prefix "
   "-no-system-header-prefix -analyzer-output -mllvm -encoding -classpath "
   "-extra-warnings -dyld-prefix -rocm-device-lib-path -hip-device-lib "
   "-wasm-opt mmacosx-version-min working-directory "
   "-save-stats save-stats time cl-std "
   "foffload current_version fdebug-compilation-dir "
   "fdebug-prefix-map dsym-dir multi-lib-config -multi-lib-config "
   "-start-no-unused-arguments fxray-modes ivfsoverlay"},
  /* and without */
  {FLAG, NO, 0, "MD MMD MG MP MV MMP MMG H P C CC Q v w N n t pipe pthread "
   "pthreads pg p ansi pedantic pedantic-errors -pedantic -pedantic-errors "
   "save-temps save-stats trigraphs undef remap traditional traditional-cpp "
   "time pass-exit-codes nostdinc nostdinc++ nobuiltininc static-libgcc "
   "static-libstdc++ shared-libgcc static-libgfortran static-libquadmath "
   "static-libasan static-libtsan static-liblsan static-libubsan "
   "static-libphobos static-libgm2 static-openmp static-libsan shared-libsan "
   "shared-libasan dynamic no-canonical-prefixes canonical-prefixes "
   "no-integrated-cpp integrated-as no-integrated-as nocudalib nocudainc "
   "nogpuinc noprebind prebind ObjC ObjC++ Qn Qy Qunused-arguments "
   "emit-llvm flat_namespace twolevel_namespace headerpad_max_install_names "
   "keep_private_externs multi_module single_module nofixprebinding "
   "nomultidefs private_bundle whyload whatsloaded why_load "
   "no_dead_strip_inits_and_terms dead_strip_dylibs bind_at_load "
   "application_extension index-header-map relocatable-pch relaxed-aliasing "
   "rewrite-macros coverage arch_errors_fatal mt profile force_cpusubtype_ALL "
   "force_flat_namespace seglinkedit noseglinkedit "
   "prebind_all_twolevel_modules noall_load dA Z -coverage -profile "
   "-verbose -version-info -save-temps -shared-libgcc -static-libgcc "
   "-static-libstdc++ -rdynamic -pipe -trigraphs -traditional "
   "-traditional-cpp -no-warnings -no-integrated-cpp -no-line-commands "
   "-comments -comments-in-macros -trace-includes -write-dependencies "
   "-write-user-dependencies -print-missing-file-dependencies "
   "-pass-exit-codes -pthread -debug -optimize -ansi -all-warnings "
   "-extra-warnings -profile-blocks -end-no-unused-arguments "
   "-start-no-unused-arguments -cuda-compile-host-device -cuda-device-only "
   "-cuda-host-only -no-cuda-version-check -cuda-noopt-device-debug "
   "-no-default-config -driver-mode -unaligned-access "
   "-hip-link -emit-llvm -relocatable-pch"},
  {SR_JOIN, NO, 0, "Wa, Wp,"},
  {SR_FAMILY | SR_JOIN, NO, 0, "f m W O g d -param= -print- -warn- -cuda- "
   "-offload -hip- -gpu- stdlib++ i386 Qunused no-hip no-integrated"},
  {0, 0, 0, NULL}
};
