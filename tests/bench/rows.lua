--- The numbers to hold, a row each, and whom they are compared with.
--
-- `least` is how many times less CPU than the peer symrun must need; `most`
-- is the most that it may need of the peer's.  A peer with neither is there
-- because people ask, or because nobody can cost less than it.

local peers = require "bench.peers"

local rows = {}

local GLOB = "_ZN4llvm*Pass*"

local function names(x, glob, input, ...)
  return peers.symrun(x.tool, "names", { "glob=" .. glob, ... }, input)
end


local function L_names(x, L)
  local symrun = names(x, GLOB, "@" .. L.list)
  return {
    title = "names matching a glob, L", corpus = L, glob = GLOB,
    symrun = symrun,
    law = "local symbols are read too: a global name among them would be one "
          .. "that only some linkers see; and each file is asked twice whether "
          .. "it changed",
    peers = {
      { peers.reads(x.folder, L, symrun) },
      { peers.nm("llvm-nm-19", L, "-A"), least = 45 },
      { peers.object(x.object, "names", GLOB, L), most = 0.45 },
      { peers.nm("nm", L, "-A") },
      { peers.nm("eu-nm", L, "-A") },
    },
  }
end


-- A pattern that a name's first bytes decide: what most rules ask.
local function L_prefix(x, L)
  local glob = "LLVM*"
  return {
    title = "beside it: names that begin so, L", corpus = L, glob = glob,
    symrun = names(x, glob, "@" .. L.list),
    peers = {
      { peers.nm("llvm-nm-19", L, "-A") },
      { peers.object(x.object, "names", glob, L) },
    },
  }
end


local function L_index_view(x, L)
  local symrun = names(x, GLOB, "@" .. L.list, "view=index")
  return {
    title = "the same by the archive index, L", corpus = L, glob = GLOB,
    symrun = symrun,
    law = "every member's header is read too: an archive that was cut short "
          .. "has the index of a whole one",
    peers = {
      { peers.reads(x.folder, L, symrun) },
      { peers.nm("llvm-nm-19", L, "-j", "-p"), least = 40 },
    },
  }
end


local function L_index(x, L)
  local awk = "tests/bench/index.awk"
  local symrun = peers.symrun(x.tool, "index", {}, "@" .. L.list)
  return {
    title = "duplicates and undefined, L", corpus = L, memory = 100,
    symrun = symrun,
    law = "all section headers and groups are read, to tell what is in a "
          .. "COMDAT group from what is there twice",
    peers = {
      { peers.reads(x.folder, L, symrun) },
      { peers.awk("nm", L, awk), least = 40 },
      { peers.awk("llvm-nm-19", L, awk), least = 20 },
      { peers.object(x.object, "index", nil, L), most = 0.45 },
    },
  }
end


local function OS_names(x, OS)
  local glob = "unit_00*pass*"
  return {
    title = "names matching a glob, OS", corpus = OS, glob = glob,
    symrun = names(x, glob, OS.folder),
    law = "each file is asked for its size and times, so that one that changes "
          .. "meanwhile is noticed (that is open+read+fstat+close)",
    peers = {
      { peers.floor(x.folder, OS, "ask") },
      { peers.floor(x.folder, OS), most = 1.25 },
      { peers.nm("llvm-nm-19", OS, "-A"), least = 13 },
      { peers.object(x.object, "names", glob, OS) },
    },
  }
end


local function SS_names(x, SS)
  local symrun = names(x, GLOB, "@" .. SS.list, "view=dynamic")
  return {
    title = "dynamic names matching a glob, SS", corpus = SS, glob = GLOB,
    symrun = symrun,
    peers = {
      { peers.reads(x.folder, SS, symrun) },
      { peers.nm("llvm-nm-19", SS, "-D"), least = 90 },
      { peers.nm("nm", SS, "-D") },
      { peers.object(x.object, "dynamic", GLOB, SS) },
    },
  }
end


local function P_names(x, P)
  local symrun = names(x, GLOB, "@" .. P.list)
  return {
    title = "names matching a glob, 200 objects", corpus = P, glob = GLOB,
    symrun = symrun,
    peers = {
      { peers.reads(x.folder, P, symrun) },
      { peers.python(P, GLOB, "tests/bench/names.py"), least = 300 },
    },
  }
end


--- Each: the corpus's name, why it may not be there, and how the row is made.
rows.list = {
  { "L", "llvm-14-dev and llvm-19-dev are not installed", L_names },
  { "L", "llvm-14-dev and llvm-19-dev are not installed", L_prefix },
  { "L", "llvm-14-dev and llvm-19-dev are not installed", L_index_view },
  { "L", "llvm-14-dev and llvm-19-dev are not installed", L_index },
  { "OS", "it cannot be made here", OS_names },
  { "SS", "there are no shared libraries here", SS_names },
  { "P", "llvm-19-dev is not installed", P_names },
}

return rows
