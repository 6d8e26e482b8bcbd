--- A pattern that takes one text and no other.
--
-- Braces and brackets stand in names of C++ operators and of Rust's items, and
-- within braces a comma is one, too.

return function (text)
  return (text:gsub("[%*%?%[%]{},\\]", "\\%0"))
end
