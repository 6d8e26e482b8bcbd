/*
** link_options.c
** The options of linkers and of the drivers that call them: names, whether a
** value follows, what they do.  Facts from what the programs tell of
** themselves (ld, gold and ld.lld --help, lld-link /?, clang -help and the
** rest) and from their manuals; nothing else here knows an option.
**
** Names stand without the dash that all of the table have.  Where programs
** differ there is a row for each; of equal forms the first row counts.
*/

#include "link_inner.h"

#define BFD   SR_BY_BFD
#define GOLD  SR_BY_GOLD
#define LLD   SR_BY_LLD
#define MOLD  SR_BY_MOLD
#define GCC   SR_BY_GCC
#define CLANG SR_BY_CLANG
#define OURS  (BFD | GOLD)
#define NO    SR_OPT_NONE
#define FLAG  SR_FLAG
#define VALUE (SR_SEP | SR_EQ)
#define SHORT (SR_SEP | SR_JOIN)
#define MAYBE (SR_FLAG | SR_EQ)
#define ALIAS SR_ALIAS


/* One letter has one dash.  Longer ones have two or one, but two where they
   begin with "o": "-output" is "-o utput". */
const sr_Row sr_gnu_rows[] = {
  /* what is made */
  {SHORT | ALIAS, SR_OPT_OUTPUT, 0, "o"},
  {VALUE | ALIAS, SR_OPT_OUTPUT, 0, "o output"},
  {FLAG | ALIAS, SR_OPT_SHARED, 0, "shared Bshareable"},
  {FLAG | ALIAS, SR_OPT_PIE, 0, "pie pic-executable"},
  {FLAG | ALIAS, SR_OPT_NO_PIE, 0, "no-pie no-pic-executable"},
  {FLAG | ALIAS, SR_OPT_RELOCATABLE, 0, "relocatable r i"},
  {FLAG, SR_OPT_RELOCATABLE, BFD, "Ur"},
  {VALUE, SR_OPT_IMPLIB, 0, "out-implib"},
  {VALUE, NO, 0, "output-def pdb"},
  {VALUE, SR_OPT_MAP, 0, "Map"},
  {FLAG | ALIAS, NO, 0, "print-map M"},
  {VALUE, SR_OPT_DEPENDENCIES, 0, "dependency-file"},
  {SHORT | ALIAS, SR_OPT_SONAME, 0, "soname h"},
  {VALUE | ALIAS, SR_OPT_SONAME, 0, "soname"},
  {SHORT | ALIAS, SR_OPT_ENTRY, 0, "entry e"},
  {VALUE, SR_OPT_ENTRY, 0, "entry"},
  {VALUE, SR_OPT_SUBSYSTEM, 0, "subsystem"},
  /* where to look, and what for */
  {SHORT | ALIAS, SR_OPT_LIB, 0, "l"},
  {VALUE | ALIAS, SR_OPT_LIB, 0, "l library"},
  {SHORT | ALIAS, SR_OPT_FOLDER, 0, "L"},
  {VALUE | ALIAS, SR_OPT_FOLDER, 0, "L library-path"},
  {VALUE, SR_OPT_SYSROOT, 0, "sysroot"},
  {VALUE, SR_OPT_RPATH, 0, "rpath"},
  {SHORT | ALIAS, SR_OPT_SYMBOLS_OF, BFD, "just-symbols R"},
  {SHORT | ALIAS, SR_OPT_RPATH, GOLD | LLD | MOLD, "rpath R"},
  {VALUE, SR_OPT_SYMBOLS_OF, 0, "just-symbols"},
  {VALUE, NO, 0, "rpath-link"},
  {SHORT, NO, OURS, "Y"},
  /* and every word is looked up elsewhere */
  {SHORT | ALIAS, SR_OPT_OPAQUE, MOLD, "directory C"},
  {VALUE, SR_OPT_OPAQUE, MOLD, "directory"},
  {VALUE, SR_OPT_OPAQUE, 0, "chroot"},
  {FLAG, SR_OPT_WHOLE, 0, "whole-archive"},
  {FLAG, SR_OPT_NO_WHOLE, 0, "no-whole-archive"},
  {FLAG | ALIAS, SR_OPT_GROUP, 0, "start-group ("},
  {FLAG | ALIAS, SR_OPT_END_GROUP, 0, "end-group )"},
  {FLAG, SR_OPT_LAZY, 0, "start-lib"},
  {FLAG, SR_OPT_END_LAZY, 0, "end-lib"},
  {FLAG, SR_OPT_AS_NEEDED, 0, "as-needed"},
  {FLAG, SR_OPT_NO_AS_NEEDED, 0, "no-as-needed"},
  {FLAG | ALIAS, SR_OPT_BSTATIC, 0, "Bstatic dn non_shared static"},
  {FLAG | ALIAS, SR_OPT_BDYNAMIC, 0, "Bdynamic dy call_shared"},
  {FLAG, SR_OPT_PUSH, 0, "push-state"},
  {FLAG, SR_OPT_POP, 0, "pop-state"},
  {VALUE, SR_OPT_OPAQUE, LLD, "remap-inputs remap-inputs-file"},
  {VALUE, NO, 0, "default-library-search"},
  /* texts */
  {SHORT | ALIAS, SR_OPT_SCRIPT, 0, "script T"},
  {VALUE, SR_OPT_SCRIPT, 0, "script"},
  {SR_SEP | ALIAS, SR_OPT_SCRIPT, 0, "default-script dT"},
  {VALUE, SR_OPT_SCRIPT, 0, "default-script"},
  {SHORT | ALIAS, SR_OPT_SCRIPT, BFD, "mri-script c"},
  {VALUE, SR_OPT_SCRIPT, BFD, "mri-script"},
  {VALUE, SR_OPT_VERSION_SCRIPT, 0, "version-script"},
  {VALUE, SR_OPT_DYNAMIC_LIST, 0, "dynamic-list"},
  {VALUE, SR_OPT_DYNAMIC_LIST, 0, "export-dynamic-symbol-list"},
  {VALUE, SR_OPT_RETAIN_LIST, 0, "retain-symbols-file"},
  {VALUE, SR_OPT_ORDER_LIST, 0,
   "symbol-ordering-file section-ordering-file call-graph-ordering-file"},
  /* symbols */
  {FLAG | ALIAS, SR_OPT_EXPORT_ALL, 0, "export-dynamic E"},
  {FLAG, SR_OPT_EXPORT_ALL, 0, "export-all-symbols dynamic-list-data"},
  {FLAG, NO, 0, "no-export-dynamic exclude-all-symbols dynamic-list-cpp-new "
   "dynamic-list-cpp-typeinfo gc-keep-exported"},
  {VALUE, SR_OPT_EXPORT, 0, "export-dynamic-symbol"},
  {VALUE, SR_OPT_EXCLUDE_LIBS, 0, "exclude-libs"},
  {VALUE, SR_OPT_UNEXPORT, 0, "exclude-symbols exclude-modules-for-implib"},
  {SHORT | ALIAS, SR_OPT_UNDEFINED, 0, "undefined u"},
  {VALUE, SR_OPT_UNDEFINED, 0, "undefined undefined-glob"},
  {VALUE, SR_OPT_REQUIRE, 0, "require-defined"},
  {VALUE, SR_OPT_WRAP, 0, "wrap"},
  {VALUE, SR_OPT_DEFSYM, 0, "defsym"},
  {FLAG, SR_OPT_SYMBOLIC, 0, "Bsymbolic Bsymbolic-functions Bsymbolic-non-weak "
   "Bsymbolic-non-weak-functions Bno-symbolic Bgroup"},
  {VALUE, SR_OPT_UNRESOLVED, 0, "unresolved-symbols ignore-unresolved-symbol"},
  {FLAG, SR_OPT_UNRESOLVED, 0, "no-undefined warn-unresolved-symbols "
   "error-unresolved-symbols weak-unresolved-symbols allow-shlib-undefined "
   "no-allow-shlib-undefined noinhibit-exec"},
  {FLAG, SR_OPT_NO_UNDEFINED_VERSION, 0,
   "no-undefined-version undefined-version"},
  {FLAG, SR_OPT_MULTIPLE, 0, "allow-multiple-definition "
   "no-allow-multiple-definition disable-multiple-abs-defs"},
  {FLAG, SR_OPT_GC, 0, "gc-sections"},
  {FLAG, SR_OPT_NO_GC, 0, "no-gc-sections"},
  {SR_EQ, SR_OPT_ICF, 0, "icf"},
  {VALUE, SR_OPT_ICF, GOLD, "icf"},
  {FLAG, SR_OPT_ICF, 0, "no-icf"},
  {FLAG | ALIAS, SR_OPT_STRIP, 0, "strip-all s"},
  {FLAG | ALIAS, SR_OPT_STRIP, 0, "strip-debug S"},
  {FLAG, SR_OPT_STRIP, 0, "strip-debug-non-line strip-debug-gdb"},
  {SHORT, SR_OPT_Z, 0, "z"},
  {SHORT, SR_OPT_EMULATION, 0, "m"},
  {VALUE, SR_OPT_PLUGIN, 0, "plugin load-pass-plugin"},
  /* what does not link */
  {FLAG, SR_OPT_NO_LINK, 0, "help version target-help print-output-format "
   "print-sysroot"},
  {FLAG, NO, 0, "v V nostdlib"},
  {FLAG, SR_OPT_OPAQUE, MOLD, "run"},
  /* other short ones with a value */
  {SHORT, NO, 0, "O"},
  {SHORT | ALIAS, NO, 0, "trace-symbol y"},
  {SHORT | ALIAS, NO, 0, "dynamic-linker I"},
  {SHORT | ALIAS, NO, 0, "auxiliary f"},
  {SHORT | ALIAS, NO, 0, "filter F"},
  {SHORT, NO, BFD, "a A b P"},
  {SHORT, NO, GOLD | MOLD, "b P"},
  {SR_SEP, NO, LLD, "b"},
  {SHORT, NO, BFD | LLD, "G"},
  {FLAG, SR_OPT_SHARED, OURS, "G"},  /* BFD: a value if a number follows */
  {FLAG | ALIAS, NO, 0, "nmagic n"},
  {FLAG | ALIAS, NO, 0, "omagic N"},
  {FLAG | ALIAS, NO, 0, "emit-relocs q"},
  {FLAG | ALIAS, NO, 0, "trace t"},
  {FLAG | ALIAS, NO, 0, "discard-all x"},
  {FLAG | ALIAS, NO, 0, "discard-locals X"},
  {FLAG, NO, 0, "d dc dp w g p EB EL be8 Qy qmagic"},
  /* long ones with a value */
  {VALUE, NO, 0, "architecture format auxiliary filter gpsize dynamic-linker "
   "init fini trace-symbol oformat section-start Tbss Tdata Ttext "
   "Ttext-segment Trodata-segment Tldata-segment image-base sort-section "
   "hash-style spare-dynamic-tags orphan-handling audit depaudit mllvm "
   "plugin-opt target2 split-stack-adjust-size task-link assert "
   "compress-debug-sections version-exports-section keep-unique "
   "error-handling-script stub-group-size"},
  {VALUE, NO, BFD, "hash-size max-cache-size ctf-share-types "
   "cet-report base-file file-alignment heap section-alignment stack "
   "major-image-version minor-image-version major-os-version minor-os-version "
   "major-subsystem-version minor-subsystem-version dll-search-prefix "
   "output-format flto-partition fuse-ld base_file thumb-entry"},
  {VALUE, NO, GOLD, "debug hash-bucket-empty-fraction icf-iterations "
   "incremental-base incremental-patch optimize print-symbol-counts "
   "rosegment-gap thread-count thread-count-initial thread-count-middle "
   "thread-count-final fuse-ld "
   "build-id-chunk-size-for-treehash build-id-min-file-size-for-treehash"},
  {VALUE | SR_LLD2, NO, LLD, "error-limit threads thinlto-cache-policy "
   "shuffle-sections compress-sections pack-dyn-relocs print-symbol-order "
   "reproduce rsp-quoting time-trace-granularity warn-backrefs-exclude "
   "in-implib irpgo-profile why-live opt-remarks-filename "
   "opt-remarks-hotness-threshold opt-remarks-passes opt-remarks-format "
   "lto-known-safe-vtables android-memtag-mode"},
  {VALUE, NO, LLD, "mips-got-size"},
  {VALUE, NO, MOLD, "package-metadata unique "
   "thread-count spare-program-headers fuse-ld"},
  /* with a value or without, then behind "=" */
  {MAYBE, NO, 0, "build-id color-diagnostics demangle sort-common verbose "
   "time-trace save-temps thinlto-index-only power10-stubs "
   "call-graph-profile-sort"},
  {MAYBE, NO, BFD | GOLD, "package-metadata "
   "split-by-file split-by-reloc plt-align"},
  {MAYBE, NO, BFD, "unique"},
  {FLAG, NO, LLD, "unique"},
  {MAYBE, NO, BFD | GOLD | MOLD, "threads"},
  {MAYBE, NO, MOLD, "shuffle-sections separate-debug-file"},
  {SR_EQ, NO, 0, "bp-compression-sort bp-startup-sort "
   "print-archive-stats why-extract package-metadata "
   "randomize-section-padding lto lto-aa-pipeline lto-newpm-passes "
   "lto-partitions lto-cs-profile-file lto-obj-path lto-sample-profile "
   "lto-basic-block-sections thinlto-cache-dir thinlto-jobs "
   "thinlto-object-suffix-replace thinlto-prefix-replace "
   "thinlto-single-module flto-partition fuse-ld time-trace-file "
   "pack-dyn-relocs"},
  {SR_JOIN, NO, 0, "lto-O lto-CGO"},
  /* the rest, which takes none */
  {FLAG, NO, 0, "accept-unknown-input-arch no-accept-unknown-input-arch "
   "add-needed no-add-needed apply-dynamic-relocs no-apply-dynamic-relocs "
   "check-sections no-check-sections copy-dt-needed-entries "
   "no-copy-dt-needed-entries cref no-cref define-common no-define-common "
   "no-demangle default-symver default-imported-symver detect-odr-violations "
   "no-detect-odr-violations disable-new-dtags enable-new-dtags "
   "discard-none eh-frame-hdr no-eh-frame-hdr "
   "embedded-relocs emit-stub-syms no-emit-stub-syms "
   "enable-non-contiguous-regions enable-non-contiguous-regions-warnings "
   "execute-only no-execute-only fatal-warnings no-fatal-warnings flto "
   "force-exe-suffix force-group-allocation gdb-index no-gdb-index gnu-unique "
   "no-gnu-unique ld-generated-unwind-info no-ld-generated-unwind-info "
   "map-whole-files no-map-whole-files keep-memory no-keep-memory "
   "no-nmagic no-omagic no-dynamic-linker no-warn-mismatch "
   "warn-mismatch no-warn-search-mismatch warn-search-mismatch no-warnings "
   "print-gc-sections no-print-gc-sections print-icf-sections "
   "no-print-icf-sections print-map-discarded no-print-map-discarded "
   "print-memory-usage reduce-memory-overheads relax no-relax rosegment "
   "no-rosegment stats strip-discarded no-strip-discarded strip-lto-sections "
   "traditional-format warn-common no-warn-common warn-constructors "
   "warn-execstack no-warn-execstack warn-execstack-objects "
   "warn-rwx-segments no-warn-rwx-segments error-execstack error-rwx-segments "
   "no-error-execstack no-error-rwx-segments warn-multiple-gp warn-once "
   "warn-section-align warn-shared-textrel no-warn-shared-textrel "
   "warn-textrel warn-alternate-em ctf-variables no-ctf-variables "
   "no-color-diagnostics no-build-id no-threads"},
  {FLAG, NO, 0, "fix-cortex-a8 no-fix-cortex-a8 fix-cortex-a53-843419 "
   "no-fix-cortex-a53-843419 fix-cortex-a53-835769 fix-arm1176 fix-v4bx "
   "fix-v4bx-interworking target1-abs target1-rel pic-veneer long-plt "
   "secure-plt bss-plt merge-exidx-entries no-merge-exidx-entries "
   "no-enum-size-warning no-wchar-size-warning vfp11-denorm-fix "
   "no-toc-optimize toc-optimize tls-optimize no-tls-optimize "
   "pcrel-optimize no-pcrel-optimize no-power10-stubs relax-gp no-relax-gp"},
  {FLAG, NO, BFD, "large-address-aware disable-large-address-aware "
   "enable-stdcall-fixup disable-stdcall-fixup kill-at add-stdcall-alias "
   "enable-auto-image-base disable-auto-image-base enable-auto-import "
   "disable-auto-import enable-runtime-pseudo-reloc compat-implib dll "
   "disable-runtime-pseudo-reloc enable-extra-pe-debug dynamicbase nxcompat "
   "high-entropy-va tsaware insert-timestamp no-insert-timestamp "
   "disable-dynamicbase disable-nxcompat disable-high-entropy-va "
   "disable-tsaware disable-no-seh no-seh forceinteg no-isolation no-bind "
   "wdmdriver enable-long-section-names disable-long-section-names "
   "enable-reloc-section disable-reloc-section warn-duplicate-exports "
   "enable-extra-pep-debug support-old-code"},
  {FLAG, NO, GOLD, "ctors-in-init-array no-ctors-in-init-array incremental "
   "no-incremental incremental-full incremental-update incremental-changed "
   "incremental-unchanged incremental-unknown incremental-startup-unchanged "
   "keep-files-mapped no-keep-files-mapped mmap-output-file "
   "no-mmap-output-file posix-fallocate no-posix-fallocate "
   "preread-archive-symbols text-reorder no-text-reorder warn-drop-version "
   "no-warn-drop-version no-fix-arm1176 no-fix-cortex-a53-835769 no-long-plt "
   "no-pipeline-knowledge plt-localentry no-plt-localentry plt-static-chain "
   "no-plt-static-chain plt-thread-safe no-plt-thread-safe stub-group-multi "
   "no-stub-group-multi tls-get-addr-optimize no-tls-get-addr-optimize "
   "toc-sort no-toc-sort no-warn-constructors"},
  {FLAG | SR_LLD2, NO, LLD, "optimize-bb-jumps no-optimize-bb-jumps "
   "fortran-common no-fortran-common cmse-implib dependent-libraries "
   "no-dependent-libraries no-call-graph-profile-sort debug-names "
   "no-debug-names ignore-function-address-equality "
   "ignore-data-address-equality mmap-output-file no-mmap-output-file "
   "use-android-relr-tags no-use-android-relr-tags xosegment no-xosegment "
   "warn-backrefs no-warn-backrefs warn-ifunc-textrel no-warn-ifunc-textrel "
   "warn-symbol-ordering no-warn-symbol-ordering vs-diagnostics "
   "lto-debug-pass-manager lto-emit-asm lto-emit-llvm "
   "lto-cs-profile-generate lto-pgo-warn-mismatch no-lto-pgo-warn-mismatch "
   "lto-whole-program-visibility no-lto-whole-program-visibility "
   "lto-validate-all-vtables-have-type-infos opt-remarks-with-hotness "
   "thinlto-emit-imports-files thinlto-emit-index-files fat-lto-objects "
   "no-fat-lto-objects check-dynamic-relocations android-memtag-heap "
   "android-memtag-stack no-android-memtag-heap no-android-memtag-stack "
   "lto-unique-basic-block-section-names lto-basic-block-address-map "
   "lto-legacy-pass-manager no-lto-legacy-pass-manager "
   "no-lto-unique-basic-block-section-names"},
  {FLAG, NO, LLD, "disable-verify no-ctors-in-init-array"},
  {FLAG, NO, MOLD, "detach no-detach fork no-fork ignore-data-address-equality "
   "perf quick-exit no-quick-exit repro reverse-sections "
   "no-separate-debug-file print-dependencies"},
  {0, 0, 0, NULL}
};


/* One dash; a few of LLD's own have two, and their names one here. */
const sr_Row sr_apple_rows[] = {
  {SR_SEP, SR_OPT_OUTPUT, 0, "o"},
  {FLAG, SR_OPT_SHARED, 0, "dylib"},
  {FLAG, SR_OPT_BUNDLE, 0, "bundle"},
  {FLAG, SR_OPT_RELOCATABLE, 0, "r"},
  {FLAG, SR_OPT_PIE, 0, "pie"},
  {FLAG, SR_OPT_NO_PIE, 0, "no_pie"},
  {FLAG, SR_OPT_STATIC, 0, "static"},
  {FLAG, NO, 0, "execute dylinker dynamic preload"},
  {SR_SEP | ALIAS, SR_OPT_SONAME, 0,
   "install_name dylib_install_name dylinker_install_name"},
  {SR_SEP, SR_OPT_ENTRY, 0, "e"},
  {SR_SEP, SR_OPT_MAP, 0, "map"},
  {SR_SEP, SR_OPT_DEPENDENCIES, 0, "dependency_info"},
  {SR_JOIN, SR_OPT_LIB, 0,
   "l weak-l needed-l reexport-l upward-l hidden-l lazy-l merge-l"},
  {SR_SEP, SR_OPT_FRAMEWORK, 0, "framework weak_framework needed_framework "
   "reexport_framework upward_framework lazy_framework merge_framework"},
  {SR_SEP, SR_OPT_FORCE_LOAD, 0, "force_load"},
  {SR_SEP, SR_OPT_FILE, 0, "load_hidden weak_library needed_library "
   "reexport_library upward_library lazy_library "
   "merge_library"},
  {SR_SEP, SR_OPT_FILELIST, 0, "filelist"},
  {SHORT, SR_OPT_FOLDER, 0, "L"},
  {SHORT, SR_OPT_FRAMEWORK_FOLDER, 0, "F"},
  {SR_SEP, SR_OPT_SYSROOT, 0, "syslibroot"},
  {SR_SEP, SR_OPT_RPATH, 0, "rpath"},
  {FLAG, SR_OPT_WHOLE, 0, "all_load"},
  {FLAG, SR_OPT_NO_WHOLE, 0, "noall_load"},
  {FLAG, SR_OPT_LAZY, 0, "-start-lib"},
  {FLAG, SR_OPT_END_LAZY, 0, "-end-lib"},
  {SR_SEP, SR_OPT_EXPORT_LIST, 0, "exported_symbols_list"},
  {SR_SEP, SR_OPT_UNEXPORT_LIST, 0, "unexported_symbols_list"},
  {SR_SEP, SR_OPT_ORDER_LIST, 0, "order_file"},
  {SR_SEP, SR_OPT_RETAIN_LIST, 0, "non_global_symbols_no_strip_list"},
  {SR_SEP, SR_OPT_EXPORT, 0, "exported_symbol"},
  {SR_SEP, SR_OPT_UNEXPORT, 0, "unexported_symbol"},
  {FLAG, SR_OPT_EXPORT_ALL, 0, "export_dynamic"},
  {FLAG, SR_OPT_UNEXPORT, 0, "no_exported_symbols"},
  {SR_SEP, SR_OPT_UNDEFINED, 0, "u"},
  {SR_SEP, SR_OPT_UNRESOLVED, 0, "undefined U"},
  {FLAG, SR_OPT_GC, 0, "dead_strip"},
  {FLAG, SR_OPT_STRIP, 0, "S x s"},
  {SR_EQ, SR_OPT_ICF, 0, "-icf"},
  {FLAG, SR_OPT_ICF, 0, "no_deduplicate"},
  {SR_SEP, SR_OPT_PLUGIN, 0, "lto_library -load-pass-plugin"},
  {FLAG, SR_OPT_NO_LINK, 0, "help -help -help-hidden -version version_details"},
  {SR_SEP | SR_VALUES(2), NO, 0, "alias add_empty_section move_to_rw_segment "
   "move_to_ro_segment rename_segment section_order segaddr seg_page_size "
   "sectobjectsymbols"},
  {SR_SEP | SR_VALUES(3), NO, 0, "platform_version sectcreate segcreate "
   "sectalign segprot sectorder"},
  {SR_SEP | SR_VALUES(4), NO, 0, "rename_section"},
  {SR_SEP, NO, 0, "arch dtrace image_base seg1addr exported_symbols_order "
   "sdk_version macos_version_min macosx_version_min ios_version_min "
   "ios_simulator_version_min iphoneos_version_min maccatalyst_version_min "
   "iosmac_version_min uikitformac_version_min tvos_version_min "
   "watchos_version_min bridgeos_version_min driverkit_version_min "
   "compatibility_version current_version dylib_compatibility_version "
   "dylib_current_version pagezero_size stack_size bundle_loader "
   "reexported_symbols_list alias_list commons why_live "
   "non_global_symbols_strip_list oso_prefix add_ast_path "
   "unaligned_pointers dirty_data_list max_default_common_align "
   "segment_order init sub_library sub_umbrella allowable_client client_name "
   "umbrella headerpad segalign stack_addr segs_read_write_addr "
   "segs_read_only_addr dylib_file weak_reference_mismatches "
   "read_only_relocs final_output dot interposable_list object_path_lto "
   "cache_path_lto prune_interval_lto prune_after_lto "
   "max_relative_cache_size_lto mllvm mcpu dyld_env sect_diff_relocs A Y "
   "multiply_defined_unused multiply_defined seg_addr_table "
   "seg_addr_table_filename bitcode_symbol_map bitcode_process_mode "
   "force_symbols_not_weak_list force_symbols_weak_list objc_abi_version"},
  {SR_SEP | SR_EQ, NO, 0, "-reproduce -ignore-auto-link-option"},
  {SR_EQ, NO, 0, "-error-limit -color-diagnostics -threads "
   "-thinlto-index-only -thinlto-jobs -thinlto-object-suffix-replace "
   "-thinlto-prefix-replace -time-trace -time-trace-file "
   "-time-trace-granularity -thinlto-cache-policy -print-symbol-order "
   "-cs-profile-path"},
  {SR_JOIN, NO, 0, "-lto-O -lto-CGO y"},
  {SHORT, NO, 0, "O"},
  {FLAG, NO, 0, "-verbose -color-diagnostics -no-color-diagnostics "
   "-thinlto-emit-imports-files -thinlto-emit-index-files "
   "-thinlto-index-only -time-trace -deduplicate-strings "
   "-no-deduplicate-strings -deduplicate-literals -dead-strip-duplicates "
   "-print-dylib-search -keep-icf-stabs -no-warn-dylib-install-name "
   "-warn-dylib-install-name -call-graph-profile-sort "
   "-no-call-graph-profile-sort -strict-auto-link -check-category-conflicts "
   "-lto-debug-pass-manager -cs-profile-generate -pgo-warn-mismatch "
   "-no-pgo-warn-mismatch -lto-legacy-pass-manager "
   "-no-lto-legacy-pass-manager"},
  {FLAG, NO, 0, "objc_category_merging no_objc_category_merging Z "
   "search_paths_first search_dylibs_first ObjC force_load_swift_libs "
   "no_order_inits no_order_data no_implicit_dylibs no_zero_fill_sections "
   "merge_zero_fill_sections no_branch_islands mark_dead_strippable_dylib "
   "allow_stack_execute keep_private_externs d flat_namespace "
   "twolevel_namespace why_load whyload print_statistics t whatsloaded "
   "order_file_statistics save-temps v adhoc_codesign no_adhoc_codesign "
   "reproducible no_weak_imports verbose_deduplicate no_inits no_warn_inits "
   "trace_symbol_layout data_const no_data_const text_exec "
   "allow_heap_execute application_extension no_application_extension "
   "fatal_warnings no_eh_labels warn_compact_unwind warn_weak_exports "
   "no_weak_exports objc_gc_compaction objc_gc objc_gc_only "
   "dead_strip_dylibs allow_sub_type_mismatches no_uuid root_safe "
   "setuid_safe interposable multi_module headerpad_max_install_names "
   "bind_at_load force_flat_namespace force_cpusubtype_ALL no_arch_warnings "
   "arch_errors_fatal w arch_multiple keep_relocs warn_stabs warn_commons "
   "read_only_stubs no_function_starts function_starts "
   "page_align_data_atoms not_for_dyld_shared_cache no_dtrace_dof "
   "objc_stubs_fast objc_stubs_small ignore_auto_link single_module "
   "no_dead_strip_inits_and_terms prebind noprebind X demangle encryptable "
   "no_encryption fixup_chains no_fixup_chains fixup_chains_section "
   "objc_relative_method_lists no_objc_relative_method_lists "
   "ignore_optimization_hints init_offsets keep_dwarf_unwind "
   "no_keep_dwarf_unwind kext no_compact_unwind no_new_main random_uuid "
   "bitcode_bundle bitcode_hide_symbols bitcode_verify data_in_code_info "
   "no_data_in_code_info add_source_version no_source_version "
   "add_split_seg_info allow_dead_duplicates "
   "allow_simulator_linking_to_macosx_dylibs simulator_support "
   "version_load_command debug_variant no_warn_duplicate_libraries "
   "warn_duplicate_libraries ld_classic ld_new classic_linker new_linker"},
  {0, 0, 0, NULL}
};


/* In any case; '/' or '-' before, ':' before the value. */
const sr_Row sr_msvc_rows[] = {
  {SR_EQ, SR_OPT_OUTPUT, 0, "out"},
  {SR_EQ, SR_OPT_IMPLIB, 0, "implib"},
  {MAYBE, SR_OPT_PDB, 0, "pdb"},
  {SR_EQ, SR_OPT_PDB, 0, "pdbstripped"},
  {MAYBE, SR_OPT_MAP, 0, "map lldmap"},
  {FLAG, SR_OPT_SHARED, 0, "dll"},
  {SR_EQ, SR_OPT_ENTRY, 0, "entry"},
  {SR_EQ, SR_OPT_SUBSYSTEM, 0, "subsystem"},
  {SR_EQ, SR_OPT_LIB, 0, "defaultlib"},
  {SR_EQ, SR_OPT_FOLDER, 0, "libpath"},
  {SR_EQ, SR_OPT_SYSROOT, 0, "winsysroot"},
  {SR_EQ, SR_OPT_FORCE_LOAD, 0, "wholearchive"},
  {FLAG, SR_OPT_WHOLE, 0, "wholearchive"},
  {FLAG, SR_OPT_LAZY, 0, "start-lib"},
  {FLAG, SR_OPT_END_LAZY, 0, "end-lib"},
  {SR_EQ, SR_OPT_DEF, 0, "def defarm64native"},
  {SR_EQ, SR_OPT_ORDER_LIST, 0, "order call-graph-ordering-file"},
  {SR_EQ, SR_OPT_EXPORT, 0, "export"},
  {FLAG, SR_OPT_EXPORT_ALL, 0, "export-all-symbols"},
  {SR_EQ, SR_OPT_UNEXPORT, 0, "exclude-symbols"},
  {SR_EQ, SR_OPT_UNDEFINED, 0, "include includeoptional includeglob"},
  {SR_EQ, SR_OPT_WRAP, 0, "wrap"},
  {SR_EQ, SR_OPT_DEFSYM, 0, "alternatename"},
  {MAYBE, SR_OPT_UNRESOLVED, 0, "force"},
  {SR_EQ, SR_OPT_GC, 0, "opt"},
  {SR_EQ, SR_OPT_TARGET, 0, "machine"},
  {MAYBE, SR_OPT_NO_STDLIB, 0, "nodefaultlib disallowlib"},
  {FLAG, SR_OPT_NO_LINK, 0, "lib dump edit disasm ? help -version -help"},
  {MAYBE, NO, 0, "allowbind allowisolation appcontainer auto-import cetcompat "
   "call-graph-profile-sort debug demangle dependentloadflag driver "
   "dynamicbase fixed functionpadmin highentropyva incremental inferasanlibs "
   "integritycheck largeaddressaware lld-allow-duplicate-weak lldsavetemps "
   "lto-pgo-warn-mismatch manifest noimplib nxcompat profile release "
   "runtime-pseudo-reloc safeseh stdcall-fixup swaprun "
   "thinlto-index-only time tsaware verbose wx tlbid ltcg guardsym "
   "assemblydebug clrsupportlasterror clrunmanagedcodecheck winmd "
   "nologo noentry nocoffgrpinfo noassembly noexp ignoreidl delay brepro "
   "allowisolation kill-at lldmingw lldignoreenv noseh exclude-all-symbols "
   "lto-cs-profile-generate thinlto-emit-imports-files build-id fastfail "
   "genprofile fastgenprofile useprofile pogosafemode cgthreads experimental "
   "errorreport fullbuild editandcontinue"},
  {SR_EQ, NO, 0, "align aligncomm base delayload diasdkdir dwodir errorlimit "
   "failifmismatch filealign guard heap ignore linkrepro linkreprotarget "
   "lldltocache lldltocachepolicy lto-sample-profile merge mllvm natvis "
   "opt-remarks pdbaltpath pdbpagesize pdbstream section stack stub timestamp "
   "vctoolsdir vctoolsversion version winsdkdir winsdkversion manifestuac "
   "manifestfile manifestdependency manifestinput debugtype reproduce lldemit "
   "osversion output-def pdbsourcepath thinlto-object-suffix-replace "
   "thinlto-prefix-replace thinlto-distributor thinlto-distributor-arg "
   "thinlto-remote-compiler thinlto-remote-compiler-arg lto-obj-path "
   "lto-cs-profile-file threads print-symbol-order vfsoverlay idlout iltcg "
   "keyfile keycontainer midl assemblymodule assemblyresource "
   "assemblylinkresource clrimagetype clrthreadattribute functionorder "
   "linkererrorreport pgd pogo sourcelink tlbout ltcgout wholeprogram"},
  {SR_EQ, NO, 0, "-color-diagnostics -rsp-quoting -time-trace "
   "-time-trace-granularity"},
  {FLAG, NO, 0, "-color-diagnostics -no-color-diagnostics -time-trace"},
  {0, 0, 0, NULL}
};


/* As for GNU. */
const sr_Row sr_wasm_rows[] = {
  {SHORT | ALIAS, SR_OPT_OUTPUT, 0, "o"},
  {FLAG, SR_OPT_SHARED, 0, "shared"},
  {FLAG, SR_OPT_PIE, 0, "pie"},
  {FLAG, SR_OPT_NO_PIE, 0, "no-pie"},
  {FLAG | ALIAS, SR_OPT_RELOCATABLE, 0, "relocatable r"},
  {VALUE, SR_OPT_MAP, 0, "Map"},
  {VALUE, SR_OPT_DEPENDENCIES, 0, "dependency-file"},
  {VALUE, SR_OPT_SONAME, 0, "soname"},
  {SHORT | ALIAS, SR_OPT_ENTRY, 0, "entry e"},
  {VALUE, SR_OPT_ENTRY, 0, "entry"},
  {SHORT | ALIAS, SR_OPT_LIB, 0, "l"},
  {VALUE | ALIAS, SR_OPT_LIB, 0, "l library"},
  {SHORT | ALIAS, SR_OPT_FOLDER, 0, "L"},
  {VALUE | ALIAS, SR_OPT_FOLDER, 0, "L library-path"},
  {FLAG, SR_OPT_WHOLE, 0, "whole-archive"},
  {FLAG, SR_OPT_NO_WHOLE, 0, "no-whole-archive"},
  {FLAG | ALIAS, SR_OPT_GROUP, 0, "start-group ("},
  {FLAG | ALIAS, SR_OPT_END_GROUP, 0, "end-group )"},
  {FLAG, SR_OPT_LAZY, 0, "start-lib"},
  {FLAG, SR_OPT_END_LAZY, 0, "end-lib"},
  {FLAG | ALIAS, SR_OPT_BSTATIC, 0, "Bstatic dn non_shared static"},
  {FLAG | ALIAS, SR_OPT_BDYNAMIC, 0, "Bdynamic dy call_shared"},
  {SR_EQ, SR_OPT_EXPORT_LIST, 0, "export-list"},
  {SR_EQ, SR_OPT_ORDER_LIST, 0, "allow-undefined-file"},
  {VALUE, SR_OPT_EXPORT, 0, "export export-if-defined"},
  {FLAG | ALIAS, SR_OPT_EXPORT_ALL, 0, "export-dynamic E"},
  {FLAG, SR_OPT_EXPORT_ALL, 0, "export-all"},
  {SHORT | ALIAS, SR_OPT_UNDEFINED, 0, "undefined u"},
  {VALUE, SR_OPT_UNDEFINED, 0, "undefined"},
  {VALUE, SR_OPT_WRAP, 0, "wrap"},
  {FLAG, SR_OPT_SYMBOLIC, 0, "Bsymbolic"},
  {VALUE, SR_OPT_UNRESOLVED, 0, "unresolved-symbols"},
  {FLAG, SR_OPT_UNRESOLVED, 0, "allow-undefined import-undefined no-undefined "
   "warn-unresolved-symbols error-unresolved-symbols"},
  {FLAG, SR_OPT_MULTIPLE, 0, "allow-multiple-definition "
   "no-allow-multiple-definition"},
  {FLAG, SR_OPT_GC, 0, "gc-sections"},
  {FLAG, SR_OPT_NO_GC, 0, "no-gc-sections"},
  {FLAG | ALIAS, SR_OPT_STRIP, 0, "strip-all s"},
  {FLAG | ALIAS, SR_OPT_STRIP, 0, "strip-debug S"},
  {SHORT, SR_OPT_Z, 0, "z"},
  {SHORT, SR_OPT_EMULATION, 0, "m"},
  {FLAG, SR_OPT_NO_LINK, 0, "help version v"},
  {FLAG, NO, 0, "M t print-map trace no-entry verbose"},
  {SHORT, NO, 0, "O y"},
  {VALUE, NO, 0, "mllvm trace-symbol rpath load-pass-plugin reproduce "
   "rsp-quoting threads thinlto-cache-policy"},
  {MAYBE, NO, 0, "color-diagnostics build-id export-memory import-memory "
   "time-trace save-temps thinlto-index-only"},
  {SR_EQ, NO, 0, "error-limit features extra-features global-base "
   "table-base initial-memory max-memory initial-heap page-size "
   "keep-section thinlto-cache-dir thinlto-jobs thinlto-object-suffix-replace "
   "thinlto-prefix-replace lto-partitions lto-obj-path lto-newpm-passes "
   "lto-aa-pipeline why-extract time-trace-granularity"},
  {SR_JOIN, NO, 0, "lto-O lto-CGO"},
  {FLAG, NO, 0, "check-features no-check-features compress-relocations "
   "demangle no-demangle emit-relocs experimental-pic export-table "
   "fatal-warnings no-fatal-warnings growable-table import-table "
   "lto-debug-pass-manager lto-legacy-pass-manager "
   "no-lto-legacy-pass-manager merge-data-segments no-merge-data-segments "
   "no-color-diagnostics no-export-dynamic no-growable-memory "
   "no-stack-first print-gc-sections no-print-gc-sections shared-memory "
   "stack-first fuse-ld disable-verify no-shlib-sigcheck "
   "thinlto-emit-imports-files thinlto-emit-index-files"},
  {0, 0, 0, NULL}
};
