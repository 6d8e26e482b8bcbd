---@meta symrun
--- Types for editors: what `require "symrun"` gives inside a rule file, and
--- the objects that rules meet.  tests/lua/meta_spec.lua holds this file
--- against the functions that the core really registers.

---@alias symrun.View "native"|"bitcode"|"gcc-lto"|"dynamic"|"index"

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

---Link lines: the one after `--`.
---@return symrun.Selector
function symrun.links() end

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

---@class symrun.File: symrun.Scope
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

---@class symrun.Members: symrun.Scope
---@operator len: integer
local Members = {}

---In the archive's order.  At the end, as `#` and `empty`, it raises unknown
---where the archive may hold members that cannot be listed.
---@return fun(): symrun.Member?
function Members:each() end

---@return boolean
function Members:empty() end

---@class symrun.Member: symrun.Scope
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

---@class symrun.Link
local Link = {}

---@return string
function Link:output() end

---The archives among its inputs, in the line's order.
---@return symrun.File[]
function Link:archives() end

---@return symrun.File[]
function Link:objects() end

---Libraries (-l) with such names (a Lua pattern) in none of its -L folders.
---@param pattern string
---@return string[]
function Link:elsewhere_named(pattern) end

return symrun
