--- Stubs for specs: one library in each layout that .tbd files have had.

local tbd = {}

tbd[4] = [[
--- !tapi-tbd
tbd-version:     4
targets:         [ i386-macos, x86_64-macos, arm64-macos ]
uuids:
  - target:          x86_64-macos
    value:           01234567-89AB-CDEF-0123-456789ABCDEF
flags:           [ not_app_extension_safe ]
install-name:    '/usr/lib/libwave.1.dylib'   # where it will be
current-version: 1292.50.1
swift-abi-version: 5
parent-umbrella:
  - targets:         [ x86_64-macos ]
    umbrella:        System
allowable-clients:
  - targets:         [ x86_64-macos ]
    clients:         [ gauge ]
reexported-libraries:
  - targets:         [ i386-macos ]
    libraries:       [ '/usr/lib/libold.dylib' ]
exports:
  - targets:         [ i386-macos, x86_64-macos, arm64-macos ]
    symbols:         [ _wave, "_wave$UNIX2003", '_it''s', -odd,
                       '$ld$install_name$os10.4$/x', "_a:b" ]
    objc-classes:    [ Wave, Shore ]
    objc-eh-types:   [ Wave ]
    objc-ivars:      [ Wave.height ]
    weak-symbols:    [ _weak ]
    thread-local-symbols: [ _tls ]
  - targets:         [ arm64-macos ]
    symbols:         [ _new ]
reexports:
  - targets:         [ x86_64-macos ]
    symbols:         [ _other ]
undefineds:
  - targets:         [ x86_64-macos, arm64-macos ]
    symbols:         [ _wanted ]
    objc-classes:    [ Sea ]
    weak-symbols:    [ _perhaps ]
...
]]

tbd[3] = [[
--- !tapi-tbd-v3
archs:           [ i386, x86_64, arm64 ]
uuids:           [ 'x86_64: 01234567-89AB-CDEF-0123-456789ABCDEF' ]
platform:        macosx
flags:           [ flat_namespace ]
install-name:    /usr/lib/libwave.1.dylib
swift-abi-version: 5
objc-constraint: none
parent-umbrella: System
exports:
- archs:           [ i386, x86_64 ]
  allowable-clients: [ gauge ]
  re-exports:      [ /usr/lib/libold.dylib ]
  symbols:         [ _wave, _wave2 ]
  objc-classes:    [ Wave ]
  objc-eh-types:   [ Wave ]
  objc-ivars:      [ Wave.height ]
  weak-def-symbols: [ _weak ]
  thread-local-symbols: [ _tls ]
-
  archs:           [ arm64 ]
  symbols:
    - _new
    - '_newer'
undefineds:
- archs:           [ x86_64 ]
  symbols:         [ _wanted ]
  objc-classes:    [ Sea ]
  weak-ref-symbols: [ _perhaps ]
...
]]

-- The older two: names of classes have an underscore, and of exceptions too.
tbd[2] = tbd[3]:gsub("tbd%-v3", "tbd-v2"):gsub("swift%-abi", "swift")
  :gsub("Wave", "_Wave"):gsub("Sea", "_Sea"):gsub("[^\n]*eh%-types[^\n]*\n", "")
  :gsub("_wave2", "_wave2, _OBJC_EHTYPE_$_Wave")
tbd[1] = tbd[2]:gsub("%-%-%- !tapi%-tbd%-v2", "---")
  :gsub("allowable", "allowed")
  :gsub("\nuuids[^\n]*", ""):gsub("\nflags[^\n]*", "")
  :gsub("\nparent[^\n]*", ""):gsub("\nundefineds.-\n%.%.%.", "\n...")

tbd[5] = [[
{
	"main_library": {
		"exported_symbols": [
			{ "data": { "global": [ "_datum", "_\u00e9\ud83c\udf0a" ],
			            "objc_class": [ "Wave" ], "objc_eh_type": [ "Wave" ],
			            "objc_ivar": [ "Wave.height" ], "weak": [ "_weak" ] },
			  "text": { "global": [ "_wave" ], "thread_local": [ "_tls" ] } },
			{ "targets": [ "arm64-macos" ], "text": { "global": [ "_new" ] } }
		],
		"install_names": [ { "name": "/usr/lib/libwave.1.dylib" } ],
		"reexported_symbols": [
			{ "targets": [ "x86_64-macos" ], "data": { "global": [ "_other" ] } }
		],
		"rpaths": [ { "targets": [ "x86_64-macos" ],
		              "paths": [ "@loader_path" ] } ],
		"some_day": [ 1.5e3, true, false, null, { "nested": [] } ],
		"target_info": [ { "target": "x86_64-macos", "min_deployment": "11" },
		                 { "target": "arm64-macos" } ],
		"undefined_symbols": [
			{ "text": { "global": [ "_wanted" ], "weak": [ "_perhaps" ] } }
		]
	},
	"tapi_tbd_version": 5
}
]]

return tbd
