//! The plot: units and times over the number of users, both axes logarithmic.
//! Colours follow the reader's light or dark screen.

use std::fmt::Write;

use crate::figures::{Cell, Figures, Line};
use crate::report::thousands;
use crate::verdict::judged;

const WIDTH: f64 = 1_160.0;
const HEIGHT: f64 = 500.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 44.0;
/// Of one panel: where it begins, the width of its plot, and of its labels.
const LEFT: f64 = 56.0;
const PLOT: f64 = 280.0;
const PANEL: f64 = 585.0;
/// Between the last point and its label.
const LEADER: f64 = 22.0;
/// Between two labels.
const LINE: f64 = 13.5;

const STYLE: &str = "
  svg { font: 11px system-ui, sans-serif; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4;
        --users: #2a78d6; --lists: #1b8a6b; --groups: #b8551c; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --soft: #9198a1; --grid: #31363d;
          --users: #5b9df0; --lists: #3fb68f; --groups: #e58a4e; } }
  text { fill: var(--ink); } .soft { fill: var(--soft); } .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: var(--grid); } .line { fill: none; stroke-width: 2; } .leader { fill: none; opacity: .45; }
  .users { stroke: var(--users); } .lists { stroke: var(--lists); } .groups { stroke: var(--groups); }
  circle { stroke: none; } circle.users, rect.users { fill: var(--users); }
  circle.lists, rect.lists { fill: var(--lists); } circle.groups, rect.groups { fill: var(--groups); }
  rect { stroke: none; }
";

/// What a panel reads off a cell.
type Figure = fn(&Cell) -> f64;

/// One panel: what it shows, and how it is read off a cell.
struct Panel {
    left: f64,
    title: &'static str,
    of: Figure,
    /// Powers of ten at the bottom and at the top.
    from: i32,
    to: i32,
    /// Pixels by power of ten of users, and the power at the left.
    first: f64,
    last: f64,
}

/// Draws it.
pub(crate) fn draw(figures: &Figures) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Units and milliseconds of each operation by the number of users\">\n\
         <style>{STYLE}</style>\n"
    );
    legend(&mut svg);
    let panels: [(&str, Figure); 2] = [
        ("Read and write units of one operation", |cell| {
            cell.units().read + cell.units().write
        }),
        ("Milliseconds of one operation, median", Cell::milliseconds),
    ];
    for (number, (title, of)) in (0..).zip(panels) {
        if let Some(panel) = Panel::of(figures, PANEL * f64::from(number), title, of) {
            panel.draw(figures, &mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    let families = [("users", 0.0), ("lists", 62.0), ("groups", 118.0)];
    for (family, x) in families {
        let x = LEFT + x;
        element(
            svg,
            format_args!(
                "<rect class=\"{family}\" x=\"{x}\" y=\"10\" width=\"10\" height=\"10\" rx=\"2\"/>\
             <text class=\"soft\" x=\"{}\" y=\"19\">{family}</text>",
                x + 15.0
            ),
        );
    }
}

impl Panel {
    /// The panel in which everything has its place; none when there is nothing to show.
    fn of(figures: &Figures, left: f64, title: &'static str, of: Figure) -> Option<Self> {
        let values = judged(figures).flat_map(|line| &line.cells).map(of);
        let logs = values.filter(|value| *value > 0.0).map(f64::log10);
        let (least, most) = logs.fold((f64::MAX, f64::MIN), |(least, most), log| {
            (least.min(log), most.max(log))
        });
        let users = |size: &crate::figures::Size| (size.users as f64).log10();
        (least <= most).then_some(())?;
        Some(Self {
            left: left + LEFT,
            title,
            of,
            from: power(least.floor()),
            to: power(most.ceil()).max(power(least.floor()) + 1),
            first: users(figures.sizes.first()?),
            last: users(figures.sizes.last()?),
        })
    }

    fn x(&self, users: usize) -> f64 {
        let width = (self.last - self.first).max(f64::EPSILON);
        self.left + PLOT * ((users as f64).log10() - self.first) / width
    }

    fn y(&self, value: f64) -> f64 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        let share = (value.max(f64::MIN_POSITIVE).log10() - from) / (to - from);
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
    }

    fn draw(&self, figures: &Figures, svg: &mut String) {
        let (left, right, bottom) = (self.left, self.left + PLOT, HEIGHT - BOTTOM);
        element(
            svg,
            format_args!(
                "<text class=\"title\" x=\"{left}\" y=\"46\">{}</text>",
                self.title
            ),
        );
        for power in self.from..=self.to {
            let y = self.y(10_f64.powi(power));
            element(
                svg,
                format_args!(
                    "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>\
                 <text class=\"soft\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    left - 8.0,
                    y + 4.0,
                    tick(power)
                ),
            );
        }
        for size in &figures.sizes {
            let x = self.x(size.users);
            element(
                svg,
                format_args!(
                    "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>\
                 <text class=\"soft\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                    bottom + 18.0,
                    thousands(size.users)
                ),
            );
        }
        element(
            svg,
            format_args!(
                "<text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">users</text>",
                left + PLOT / 2.0,
                bottom + 36.0
            ),
        );
        let mut labels: Vec<(f64, &Line)> = Vec::new();
        for line in judged(figures) {
            let points = figures.sizes.iter().zip(&line.cells);
            let points: Vec<(f64, f64)> = points
                .map(|(size, cell)| (self.x(size.users), self.y((self.of)(cell))))
                .collect();
            let path: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1} {y:.1}"))
                .collect();
            let family = family(line);
            element(
                svg,
                format_args!("<path class=\"line {family}\" d=\"M{}\"/>", path.join("L")),
            );
            for (x, y) in &points {
                element(
                    svg,
                    format_args!(
                        "<circle class=\"{family}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
                    ),
                );
            }
            labels.extend(points.last().map(|(_, y)| (*y, line)));
        }
        self.label(labels, svg);
    }

    /// Writes the names beside the last points, none over another.
    fn label(&self, mut labels: Vec<(f64, &Line)>, svg: &mut String) {
        labels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut places: Vec<f64> = labels.iter().map(|(y, _)| *y).collect();
        // From below: each is pushed up by the one under it; then from above, if they leave the panel.
        let mut limit = HEIGHT - BOTTOM + LINE / 2.0;
        for place in places.iter_mut().rev() {
            *place = place.min(limit);
            limit = *place - LINE;
        }
        let mut limit = TOP;
        for place in &mut places {
            *place = place.max(limit);
            limit = *place + LINE;
        }
        let right = self.left + PLOT;
        for ((y, line), place) in labels.into_iter().zip(places) {
            let value = line.cells.last().map(self.of).unwrap_or_default();
            let shown = if value < 10.0 {
                format!("{value:.1}")
            } else {
                format!("{value:.0}")
            };
            let text = right + LEADER;
            element(
                svg,
                format_args!(
                    "<path class=\"leader {}\" d=\"M{} {y:.1}L{} {place:.1}\"/>\
                 <text x=\"{text}\" y=\"{:.1}\">{} <tspan class=\"soft\">{shown}</tspan></text>",
                    family(line),
                    right + 5.0,
                    text - 3.0,
                    place + 4.0,
                    line.row.name
                ),
            );
        }
    }
}

fn family(line: &Line) -> &'static str {
    match line.row.operation {
        "ListUsers" if line.row.name.starts_with("list") => "lists",
        "PatchGroup" | "GetGroup" | "ListGroups" => "groups",
        _ => "users",
    }
}

fn tick(power: i32) -> String {
    match usize::try_from(power) {
        Ok(power) => thousands(10_usize.pow(u32::try_from(power).unwrap_or_default())),
        Err(_) => format!("{}", 10_f64.powi(power)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number between -300 and 300"
)]
fn power(of: f64) -> i32 {
    of as i32
}

/// Appends a line; writing to a string does not fail.
fn element(svg: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = svg.write_fmt(text);
    svg.push('\n');
}
