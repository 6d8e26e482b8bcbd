---@meta symrun
--- Types for editors: what `require "symrun"` gives inside a rule file, and
--- the objects that rules meet.  tests/lua/meta_spec.lua holds this file
--- against the functions that the core really registers.

---@alias symrun.View "native"|"bitcode"|"gcc-lto"|"dynamic"|"index"

---@alias symrun.Makes "executable"|"library"|"object"

---@class symrun
---@field version string
---@field tree symrun.Selector the whole input, one evaluation
local symrun = {}

---Declare a rule: `symrun.rule "mine/no-stub" { ... }`.
---@param id string letters, digits, '-', '_', '.' and '/'
---@return fun(fields: symrun.Rule)
function symrun.rule(id) end

---Declare parameters, each as `{ default, "what it is for" }`; -D sets them.
---@param declared table<string, {[1]: any, [2]: string}>
---@return table<string, any> given
function symrun.parameters(declared) end

---@param glob? string a path pattern below the input: "**/lib*.{a,lib}"
---@return symrun.Selector
function symrun.archives(glob) end

---@param glob? string
---@return symrun.Selector
function symrun.objects(glob) end

---@param glob? string
---@return symrun.Selector
function symrun.libraries(glob) end

---@param glob? string
---@return symrun.Selector
function symrun.executables(glob) end

---@param glob? string
---@return symrun.Selector
function symrun.files(glob) end

---Link lines, captured or after `--`: all, or those that make such a thing,
---whose output has such a path, whose words are those of such a program ("gcc",
---"lld"..., or "gnu", "apple", "msvc", "wasm").
---@param which? {makes?: symrun.Makes, output?: string, flavour?: string}
---@return symrun.Selector
function symrun.links(which) end

---In `with`: all that stand in the subject's folder, as a list.  An empty one
---means that nothing was checked, unless "or none" is said.
---@param selector symrun.Selector
---@param or_none? "or none"
---@return symrun.Selector
function symrun.every(selector, or_none) end

---In `with`: all in the tree, as a list.
---@param selector symrun.Selector
---@param or_none? "or none"
---@return symrun.Selector
function symrun.all(selector, or_none) end

---Ready-made policies, each giving the fields of a rule.
---@class symrun.Must
symrun.must = {}

---All these names are exported, and nothing else (unless `more`).
---@param options table each, names, allow, view, more
---@return symrun.Rule
function symrun.must.export(options) end

---No name is strongly defined twice.
---@param options {each: symrun.Selector, allow?: string[]}
---@return symrun.Rule
function symrun.must.define_once(options) end

---Every name that is wanted is defined, or allowed.
---@param options {each: symrun.Selector, allow?: string[]}
---@return symrun.Rule
function symrun.must.resolve(options) end

---The archive's index is true.
---@param options {each: symrun.Selector, allow?: string[]}
---@return symrun.Rule
function symrun.must.index_truly(options) end

---Of each of these crates all archives hold the same build.
---@param options {each: symrun.Selector, crates: string[]}
---@return symrun.Rule
function symrun.must.hold_one_copy(options) end

---The builds of a crate in an archive, by the hashes in its member names.
---@param archive symrun.File
---@param name string
---@return string[]
function symrun.must.builds(archive, name) end

---A recorded list of names that may only shrink.
---@param options {each: symrun.Selector, names: string[], recorded: string[]}
---@return symrun.Rule
function symrun.must.only_shrink(options) end

---What one of two views of a file defines, the other defines too, member by
---member; `everywhere`: and each member that has one has both.
---@param options table each, views, names, allow, hidden, everywhere
---@return symrun.Rule
function symrun.must.agree(options) end

---No such option is on the line, in any spelling.
---@param options {options: string[], each?: symrun.Selector}
---@return symrun.Rule
function symrun.must.not_use(options) end

---What these path patterns name is on the line, and once; so is, by name, each
---file that `every` takes.
---@param options table files, every, each
---@return symrun.Rule
function symrun.must.link(options) end

---Inputs stand on the line in the order of these path patterns.
---@param options {files: string[], each?: symrun.Selector}
---@return symrun.Rule
function symrun.must.link_in_order(options) end

---The line exports these names, of those that its inputs define and show.
---@param options {names: string[], each?: symrun.Selector}
---@return symrun.Rule
function symrun.must.link_exporting(options) end

---Each name that is linked is given by the archive that owns it: a list of
---"NAMES=FILE", patterns both; the first that takes a name counts.
---@param options {providers: string[], each?: symrun.Selector}
---@return table
function symrun.must.provide(options) end

---@class symrun.Selector

---@class symrun.Rule
---@field about string one sentence: what must hold
---@field each symrun.Selector what it is evaluated for
---@field check fun(subject: any, report: symrun.Report, with: table)
---@field with? table<string, symrun.Selector>
---@field may_be_empty? boolean matching nothing is no trouble
---@field story? string the failure that it prevents
---@field if_unknown? fun(subject: any): string advice

---An error; `report.warning` and `report.note` are less, `report.unknown` says
---that the rule itself cannot tell.
---@class symrun.Report
---@operator call(any): symrun.Finding
local Report = {}

---@param subject any what it is about
---@param format string as for string.format; %s lists a set of names
---@return symrun.Finding
function Report.warning(subject, format, ...) end

---@param subject any
---@param format string
---@return symrun.Finding
function Report.note(subject, format, ...) end

---@param subject any
---@param format string
---@return symrun.Finding
function Report.unknown(subject, format, ...) end

---@class symrun.Finding
local Finding = {}

---Say what to do about it.
---@param format string
---@return symrun.Finding
function Finding:hint(format, ...) end

---Ask for edits, done together or not at all.
---@param ... symrun.Edit
---@return symrun.Finding
function Finding:fix(...) end

---@class symrun.Edit

---What trees, files, members and a member answer alike.  Raises unknown where
---what could not be read may change the answer.
---@class symrun.Scope
local Scope = {}

---The names that it defines, visible to a static link.
---@param glob? string a name pattern: "js_*"
---@param view? symrun.View
---@return symrun.Names
function Scope:defined(glob, view) end

---The names that it wants of others.
---@param glob? string
---@param view? symrun.View
---@return symrun.Names
function Scope:undefined(glob, view) end

---The names that it defines, local ones too.
---@param glob? string
---@param view? symrun.View
---@return symrun.Names
function Scope:defined_inside(glob, view) end

---The names that it defines and that give way to no other definition: neither
---weak, nor common, nor in COMDAT groups.
---@param glob? string
---@param view? symrun.View
---@return symrun.Names
function Scope:defined_strongly(glob, view) end

---The names that it shows outside: neither hidden nor internal.
---@param glob? string
---@param view? symrun.View
---@return symrun.Names
function Scope:exported(glob, view) end

---Is any such name defined?
---@param glob? string
---@param view? symrun.View
---@return boolean
function Scope:defines(glob, view) end

---Is any such name wanted?
---@param glob? string
---@param view? symrun.View
---@return boolean
function Scope:wants(glob, view) end

---The words ([%w._+:-]+) that follow these bytes, wherever they stand.
---@param bytes string 4 to 256 of them
---@return symrun.Names
function Scope:text_after(bytes) end

---@class symrun.Tree: symrun.Scope
local Tree = {}

---@return symrun.Index
function Tree:index() end

---What a file or a member says beside symbols.  An empty list and nil are
---certain; what it, or its format, has no word for raises unknown.  Archives
---say nothing, their members do.
---@class symrun.Facts
local Facts = {}

---Shared libraries that it is loaded with, in its order.  Of a .tbd stub those
---that it re-exports: it tells of no others.
---@return string[]
function Facts:needed() end

---The files that a linker script stands for, as it names them; what is no
---script stands for itself and names none.
---@return string[]
function Facts:inputs() end

---By which others need it: its soname, install name, or name as a DLL.
---@return string?
function Facts:soname() end

---Where these libraries are looked for first.
---@return string[]
---@return "runpath"|"rpath"|nil kind nil where there is none
function Facts:run_paths() end

---The program that loads it.
---@return string?
function Facts:interpreter() end

---Hexadecimal digits: of the GNU build id, Mach-O's UUID, the GUID of a PE
---image as symbol servers write it, wasm's build_id.
---@return string?
function Facts:build_id() end

---Programs that say that they made it: .comment, wasm's producers, tools of
---Mach-O, compilers in COFF's debug information, what wrote bitcode, the rustc
---of a crate's metadata.  "comp.id 0x0105 build 30034" is a number of
---Microsoft's tools, of an object or of what an image was linked from.
---@return string[]
function Facts:producers() end

---Does it ask for a stack that code may stand on?
---@return boolean
function Facts:executable_stack() end

---Does loading it change its code?
---@return boolean
function Facts:text_relocations() end

---Functions that run before `main`, by the list that they are in: of name
---".init_array", "__DATA,__mod_init_func", ".CRT$XCU", "linking" (wasm)...
---What was linked statically, PE images and linked wasm do not say.
---@return symrun.Constructors[]
function Facts:constructors() end

---@class symrun.Constructors
---@field section string
---@field count integer
---@field functions string[] in the list's order; of objects, for what was
---linked has addresses in place of names

---The sections that a name is defined in, once for each definition, local ones
---too.
---@param name string
---@return symrun.Section[]
function Facts:sections_of(name) end

---All sections, in the file's order; the segments of data of a wasm object
---stand for its section "DATA".
---@return symrun.Section[]
function Facts:sections() end

---What the sections of a name hold.
---@param name string
---@return string[]
function Facts:section_bytes(name) end

---Intermediate code in it: nil where there is none.
---@return symrun.Lto?
function Facts:lto() end

---@class symrun.Lto
---@field code "llvm"|"gcc"|"msvc"
---@field kind "thin"|"full"|"mixed"|"slim"|"fat" LLVM's by the summary that
---bitcode holds (both kinds in one file: "mixed"); GCC's "fat" has native code
---@field section string that holds it, "" if the file is nothing else
---@field native boolean is native code there too?
---@field embedded boolean kept for other tools: linkers take the native code

---`retain`: kept though nobody refers to it, as the section says, or of the
---definition its symbol (Mach-O, wasm) or directive (COFF's "/INCLUDE:").
---`exclude`: left out of what is linked.  `comdat`: another object's copy may
---take its place.
---@class symrun.Section
---@field name string
---@field size integer
---@field writable boolean
---@field executable boolean
---@field retain boolean
---@field exclude boolean

---What it was made for.  A field that it does not say raises unknown.
---@return symrun.Target
function Facts:target() end

---@class symrun.Target
---@field machine string Rust's target_arch: "x86_64", "aarch64"...; "elf-1234"
---@field bits integer 32 or 64
---@field endian "little"|"big"
---@field os string Rust's target_os, which few objects say
---@field abi string "lp64d", "elfv2", "eabihf", "sim", "arm64e"...

---Options of an edit: `dissolve` its COMDAT group, `drop_lto` tables that a
---linker may read instead, `insist` although somebody still wants the name.
---@class symrun.EditOptions
---@field dissolve? boolean
---@field drop_lto? boolean
---@field insist? boolean

---@alias symrun.SomeNames string|symrun.Name|symrun.Names|string[]

---What may be changed; see finding:fix.
---@class symrun.Edited
local Edited = {}

---Leave it out of its archive; of a file, which members.
---@param members? symrun.Member|symrun.Members|string a pattern of names
---@return symrun.Edit
function Edited:drop(members) end

---Only its own object sees it.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:localize(names, options) end

---All objects see it.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:globalize(names, options) end

---It gives way to others.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:weaken(names, options) end

---No other than what it is linked into sees it.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:hide(names, options) end

---They do again.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:unhide(names, options) end

---It is gone; no relocation may need it.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:strip(names, options) end

---All other definitions become local.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:keep_only(names, options) end

---Sections of such names are left out.
---@param names symrun.SomeNames exact names
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:drop_section(names, options) end

---Definitions and references.
---@param from string|symrun.Name
---@param to string
---@param options? symrun.EditOptions
---@return symrun.Edit
function Edited:rename(from, to, options) end

---@class symrun.File: symrun.Scope, symrun.Facts, symrun.Edited
local File = {}

---Its path below the input.
---@return string
function File:path() end

---What was named on the command line.
---@return string
function File:input() end

---The folder of its path, "" at the top.
---@return string
function File:folder() end

---@return string format "ar", "elf"...
function File:format() end

---The architecture that it is of, in a universal file; of a .tbd stub the
---target, "arm64-macos".
---@return string?
function File:slice() end

---@param glob? string a pattern of member names
---@return symrun.Members
function File:members(glob) end

---@return symrun.Index
function File:index() end

---Equal for equal bytes; not for archives.
---@return string
function File:digest() end

---Write the archive's index anew.
---@return symrun.Edit
function File:reindex() end

---These members first, in this order.
---@param members symrun.Member[]
---@return symrun.Edit
function File:order(members) end

---@class symrun.Members: symrun.Scope, symrun.Edited
---@operator len: integer
local Members = {}

---In the archive's order.  At the end, as `#` and `empty`, it raises unknown
---where the archive may hold members that cannot be listed.
---@return fun(): symrun.Member?
function Members:each() end

---@return boolean
function Members:empty() end

---@class symrun.Member: symrun.Scope, symrun.Facts, symrun.Edited
local Member = {}

---@return string bytes
function Member:name() end

---@return integer position from 1
function Member:index() end

---@return integer bytes
function Member:size() end

---@return symrun.File
function Member:file() end

---Equal for equal bytes.
---@return string
function Member:digest() end

---@class symrun.Names
---@operator add(symrun.Names): symrun.Names
---@operator sub(symrun.Names): symrun.Names
---@operator mul(symrun.Names): symrun.Names
---@operator len: integer
local Names = {}

---@return boolean
function Names:empty() end

---@param name string|symrun.Name
---@return boolean
function Names:has(name) end

---In byte order.
---@return fun(): symrun.Name?
function Names:each() end

---All places where a name surely stands.  Where it may stand in others too,
---the evaluation becomes unknown when it ends; what it reports stays.
---@param name string|symrun.Name
---@return symrun.Name[]
function Names:places(name) end

---Member by member; a file that is no archive stands for its only one.
---@return fun(): symrun.Member|symrun.File, symrun.Names
function Names:by_member() end

---@class symrun.Name
---@operator concat: string
local Name = {}

---@return string bytes
function Name:text() end

---@return symrun.File
function Name:file() end

---@return symrun.Member? nil in a file that is no archive
function Name:member() end

---@class symrun.Index
local Index = {}

---Wanted by a strong reference, and defined nowhere.
---@param glob? string
---@return symrun.Names
function Index:unresolved(glob) end

---With more than one strong definition outside of COMDAT groups.
---@param glob? string
---@return symrun.Names
function Index:duplicates(glob) end

---A part of what is linked, and for whom.
---@class symrun.Linked
---@field file symrun.File
---@field member? symrun.Member nil in a file that is no archive
---@field name? string that it was linked for; nil: it is linked in any case
---@field by? symrun.Linked what wanted that name: { line = true } for the line
---@field library? boolean a shared one
---@field lto? boolean intermediate code

---A link line.  Whatever depends on a word that cannot be understood, or on a
---text or an input that is not there, raises unknown.
---@class symrun.Link
local Link = {}

---What it makes, as a path.
---@return string
function Link:output() end

---@return symrun.Makes
function Link:makes() end

---Whose words they are ("gcc", "lld"...); how the linker's options are spelled;
---is the program a driver?
---@return string flavour
---@return "gnu"|"apple"|"msvc"|"wasm" dialect
---@return boolean driver
function Link:flavour() end

---"bfd", "gold", "lld", "mold", "ld64", "link"...; nil where it may be any.
---@return string?
function Link:linker() end

---All files that are linked, in the line's order, those that scripts name too.
---@return symrun.File[]
function Link:inputs() end

---The archives among its inputs, in the line's order.
---@return symrun.File[]
function Link:archives() end

---@return symrun.File[]
function Link:objects() end

---Shared libraries that are in the line's own folders.
---@return symrun.File[]
function Link:libraries() end

---The file that gives a name in the link, as linkers resolve it, and its
---member; nil if no file does.
---@param name string
---@return symrun.File?, symrun.Member?
function Link:winner(name) end

---Who gives a name: a file, the line itself (--defsym, a script's assignment),
---the linker ("_end"), or nil: nobody.
---@param name string
---@return "file"|"line"|"linker"|nil
function Link:gives(name) end

---Names that what is linked wants, and nothing gives.  What the linker drops
---(--gc-sections) wants nothing.
---@param glob? string
---@return symrun.Names
function Link:undefined(glob) end

---Names with two definitions that clash.
---@param glob? string
---@return symrun.Names
function Link:duplicates(glob) end

---Names that something linked gives, each at what wins.
---@param glob? string
---@return symrun.Names
function Link:defined(glob) end

---What is linked, in the order of linking, and what wanted it.
---@return symrun.Linked[]
function Link:linked() end

---Which names are not given by the archives that own them; a glob claims all
---that the link wants and it matches.
---@param claims {names: symrun.Names|string, from: symrun.File}[]
---@return symrun.Provided
function Link:provided(claims) end

---Libraries (-l) with such names (a Lua pattern) in none of its -L folders.
---@param pattern string
---@return string[]
function Link:elsewhere_named(pattern) end

---The part of the line that brings an input; the first, if several do.
---@param file symrun.File
---@return symrun.Part
function Link:part_of(file) end

---An input's path as the line has it; of -l, where it was found.
---@param file symrun.File
---@return string
function Link:path_of(file) end

---Its places among the inputs, from 1.
---@param file symrun.File
---@return integer[]
function Link:places(file) end

---The parts with an option, in any spelling: "--version-script", "/EXPORT", "-z
---now".  A name that no linker has is an error.
---@param name string
---@return fun(): symrun.Part?
function Link:options(name) end

---@param name string
---@return boolean
function Link:has(name) end

---All parts, those that nobody can tell apart too.
---@return fun(): symrun.Part?
function Link:parts() end

---If a name is defined in what is linked, and not hidden there: is it exported?
---@param name string|symrun.Name
---@return boolean
function Link:exports(name) end

---The names that its objects and archives define, and do not hide.
---@param glob? string
---@return symrun.Names
function Link:offered(glob) end

---Of these, the ones that the line exports.
---@param glob? string
---@return symrun.Names
function Link:exported(glob) end

---Is a name still in what the line makes?  The line may keep it (-u, -e,
---/INCLUDE, exports, scripts), and for ELF the relocations of what is linked
---tell what else does; elsewhere "no" says nothing of who wants it.
---@param name string
---@return boolean
function Link:keeps(name) end

---A section that stays or goes; `because` says why it stays, and `name` by
---which it is wanted.
---@class symrun.Section
---@field file symrun.File
---@field member? symrun.Member
---@field section string
---@field size integer
---@field because? string
---@field name? string

---Why it stays, where the linker drops what nothing needs: the section that
---holds it, the one that wants this, and so on to one that stays in any case;
---nil if it does not stay, or nothing is dropped.
---@param name string
---@return symrun.Section[]?
function Link:kept_by(name) end

---The sections that the linker drops (--gc-sections), in the order of linking.
---@return symrun.Section[]
function Link:dropped() end

---Leave out a part.
---@param part symrun.Part
---@return symrun.Edit
function Link:drop(part) end

---Give a part another value, in its own spelling.
---@param part symrun.Part
---@param value string
---@return symrun.Edit
function Link:set(part, value) end

---Add an option in the spelling of the program, { "-u", "name" }, or an input;
---at the end, or where `at`, `before` or `after` say.
---@param what table option, value; input; at = "first"|"last", before, after
---@return symrun.Edit
function Link:add(what) end

---A copy of the text that a part names: a version script, a list, a .def.
---@param part symrun.Part
---@return symrun.Script
function Link:script(part) end

---An edited text in the place of the one that a part names.
---@param part symrun.Part
---@param text symrun.Script|string
---@return symrun.Edit
function Link:replace(part, text) end

---Let the line use a text: in the place of what it is a copy of, or behind the
---option for its kind.
---@param text symrun.Script
---@return symrun.Edit
function Link:use(text) end

---A list that exports names, as this linker reads one: a copy of the line's own
---with these added, or a new one.
---@param names symrun.Names|string[]|string
---@return symrun.Script
function Link:export_list(names) end

---Let the line export names, and keep those that only an archive has.
---@param names symrun.Names|string[]|string
---@return symrun.Edit
function Link:export(names) end

---Who gives what another owns: a list of { name, from, winner, member, line,
---lacks }; `line`: the line itself gives it; `lacks`: its owner has it not.
---@class symrun.Provided
local Provided = {}

---@return {winner: symrun.File?, from: symrun.File, names: string}[]
function Provided:groups() end

---A finding for each group, with what helps.
---@param report symrun.Report
---@param also? fun(group): string?
function Provided:report(report, also) end

---What helps, tried out: an order, or names to hide or members to drop.
---@return {order: symrun.File[]?, hide: table[]?, drop: table[]?}
function Provided:cure() end

---The same as a sentence.
---@return string
function Provided:advice() end

---A part of a line: an option with its value, or an input.
---@class symrun.Part
local Part = {}

---@return "input"|"library"|"text"|"option"|"strange"|"broken"
function Part:kind() end

---What it does, the same for all linkers: "version-script", "output"...
---@return string?
function Part:role() end

---Of the option, one for all spellings.
---@return string?
function Part:name() end

---@param i? integer of an option with several
---@return string?
function Part:value(i) end

---Its first word, as the linker sees it.
---@return string
function Part:text() end

---Number of the line's word that it came from, the program being 0.
---@return integer
function Part:word() end

---May it be the value of a strange option before it?
---@return boolean
function Part:maybe() end

---Is it the driver's own, not the linker's?
---@return boolean
function Part:of_driver() end

---What holds at its place.
---@param state "whole"|"group"|"lazy"|"as-needed"|"static"
---@return boolean
function Part:is_in(state) end

---Which group it is in, from 1; 0 for none.
---@return integer
function Part:group() end

---Why it is not understood.
---@return string?
function Part:trouble() end

---A text that a line names; tostring() gives the text.  What cannot be told or
---done gives nil and a sentence.
---@class symrun.Script
---@field kind string "version-script", "dynamic-list", "export-list", "def"...
local Script = {}

---May a symbol be exported, if this text alone has a say?
---@param name string
---@param options? {linker?: string, makes?: symrun.Makes, demangled?: string}
---@return boolean?, string?
function Script:exports(name, options) end

---@param where? "global"|"local"|"wanted"|"defined"
---@return string[]?, string?
function Script:names(where) end

---@param where? "global"|"local"
---@return string[]
function Script:patterns(where) end

---@param names string[]
---@param options? {node?: string}
---@return symrun.Script?, string?
function Script:add(names, options) end

---@param wanted fun(name: string): boolean
---@param what? "names"|"patterns"|"local"
---@return symrun.Script?, integer|string
function Script:drop(wanted, what) end

---@param wanted fun(name: string): boolean
---@param what? "names"|"patterns"|"local"
---@return symrun.Script?, integer|string
function Script:keep(wanted, what) end

return symrun
