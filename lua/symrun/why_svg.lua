--- The chain from the line to a name, as a picture that any browser shows.

local dot = require "symrun.why_dot"

local svg = {}

local WIDE, HIGH, GAP = 8, 30, 44  -- a letter; a box; between two


local function escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;",
                                 [">"] = "&gt;", ['"'] = "&quot;" }))
end


local function box(step, x, y, width)
  local round = step.symbol and HIGH // 2 or 3
  return ('<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="white" '
          .. 'stroke="black"/>\n<text x="%d" y="%d">%s</text>'):format(
    x, y, width, HIGH, round, x + WIDE, y + HIGH - 10, escaped(step.text))
end


local function arrow(label, x, y)
  return ('<path d="M%d %dv%d" stroke="black" marker-end="url(#to)"/>\n'
          .. '<text x="%d" y="%d" fill="#555">%s</text>'):format(
    x, y, GAP - 6, x + WIDE, y + GAP // 2 + 4, escaped(label))
end


function svg.text(facts)
  local steps, widest = dot.steps(facts), 0
  for _, step in ipairs(steps) do
    widest = math.max(widest, utf8.len(step.text) or #step.text,
                      #(step.name or "") + 4)
  end
  local width = (widest + 2) * WIDE
  local height = #steps * (HIGH + GAP) - GAP + 2
  local out = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
     .. 'font-family="monospace" font-size="13">'):format(width + 2, height),
    '<defs><marker id="to" markerWidth="8" markerHeight="8" refX="5" refY="3" '
      .. 'orient="auto"><path d="M0 0l6 3l-6 3z"/></marker></defs>',
  }
  for i, step in ipairs(steps) do
    local y = 1 + (i - 1) * (HIGH + GAP)
    if i > 1 then
      local label = step.symbol and (step.gives and "gives" or "wants")
                    or step.name or ""
      out[#out + 1] = arrow(label, 20, y - GAP)
    end
    out[#out + 1] = box(step, 1, y, #step.text * WIDE + 2 * WIDE)
  end
  out[#out + 1] = "</svg>"
  return table.concat(out, "\n") .. "\n"
end

return svg
