# What is defined twice and what is nowhere, from nm's lines: the usual pipe.
# A letter tells the binding and no more, so a strong name in a COMDAT group
# would count as a duplicate; LLVM's libraries have none.
#   nm -A -g FILE... | awk [-v list=1] -f index.awk

NF > 1 {
  name = $NF
  letter = $(NF - 1)
  if (letter == "U") wanted[name]
  else if (letter !~ /[wv]/) {
    defined[name]
    if (letter !~ /[WVCu]/) strong[name]++
  }
}

END {
  for (name in strong) if (strong[name] > 1) twice[name]
  for (name in wanted) if (!(name in defined)) nowhere[name]
  tell("duplicates", twice)
  tell("undefined", nowhere)
}

function tell(title, names,    name, n) {
  for (name in names) n++
  print title ": " n + 0
  if (list) for (name in names) print name
}
