//! The chart of a run: what others take of the processor for a request, and what ours takes.

use std::sync::{Mutex, PoisonError};

use crate::{
    pairs::Compared,
    table::{Target, folder},
};

/// A comparison to draw.
struct Bar {
    what: String,
    compared: Compared,
    target: Target,
}

static BARS: Mutex<Vec<Bar>> = Mutex::new(vec![]);

/// Remembers a comparison.
pub(crate) fn add(what: &str, compared: Compared, target: Target) {
    let bar = Bar { what: what.to_owned(), compared, target };
    BARS.lock().unwrap_or_else(PoisonError::into_inner).push(bar);
}

/// All lengths are in units of the drawing.
const WIDTH: f64 = 960.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 400.0;
const LONGEST: f64 = 440.0;
/// The height of a bar with the gap below it.
const STEP: f64 = 26.0;
const TOP: f64 = 64.0;

/// How figures become places: a scale of powers of two.
struct Scale {
    /// The exponents at both ends.
    least: f64,
    most: f64,
}

impl Scale {
    /// One that holds all figures and targets.
    fn of(bars: &[Bar]) -> Scale {
        let figures = bars.iter().flat_map(|bar| [bar.compared.cpu.middle, bar.target.unwrap_or(1.0)]);
        let (least, most) = figures.fold((0.5_f64, 1.0_f64), |(least, most), it| (least.min(it), most.max(it)));
        Scale { least: least.log2().floor(), most: most.log2().ceil() }
    }

    fn x(&self, figure: f64) -> f64 {
        LEFT + (figure.log2() - self.least) / (self.most - self.least) * LONGEST
    }
}

fn line(x: [f64; 2], y: [f64; 2], shade: &str, width: u32) -> String {
    let ([x1, x2], [y1, y2]) = (x, y);
    format!(
        "<line x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\" stroke=\"{shade}\" stroke-width=\"{width}\"/>\n"
    )
}

fn text(x: f64, y: f64, anchor: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
}

/// A bar from 1 to its figure, with its quartiles and target.
fn bar(bar: &Bar, y: f64, scale: &Scale) -> String {
    let spread = bar.compared.cpu;
    let reached = bar.target.is_none_or(|target| spread.middle >= target);
    let shade = if reached { "#3b7a57" } else { "#b5651d" };
    let (one, end) = (scale.x(1.0), scale.x(spread.middle));
    let (start, long) = (one.min(end), (end - one).abs().max(1.0));
    let mut svg = text(LEFT - 12.0, y + 12.0, "end", &bar.what);
    svg += &format!("<rect x=\"{start:.1}\" y=\"{y:.1}\" width=\"{long:.1}\" height=\"14\" fill=\"{shade}\"/>\n");
    svg += &line([scale.x(spread.low), scale.x(spread.high)], [y + 7.0; 2], "#000000", 1);
    if let Some(target) = bar.target.map(|target| scale.x(target)) {
        svg += &line([target; 2], [y - 3.0, y + 17.0], "#000000", 2);
    }
    svg + &text(LEFT + LONGEST + 16.0, y + 12.0, "start", &format!("{:.2}", spread.middle))
}

/// Draws all comparisons of the run, a bar each: 1 is what a server without facts takes.
pub(crate) fn draw() {
    let bars = BARS.lock().unwrap_or_else(PoisonError::into_inner);
    if bars.is_empty() {
        return;
    }
    let scale = Scale::of(&bars);
    let height = TOP + STEP * bars.len() as f64 + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    svg += &text(
        16.0,
        24.0,
        "start",
        "What the other takes of the processor for a request, divided by what ours takes: more is better.",
    );
    svg += &text(
        16.0,
        44.0,
        "start",
        "Medians with quartiles; the thick mark is the target; 1 is as much as the other takes.",
    );
    for power in scale.least as i32..=scale.most as i32 {
        let (figure, shade) = (f64::from(power).exp2(), if power == 0 { "#444444" } else { "#dddddd" });
        svg += &line([scale.x(figure); 2], [TOP, height - 30.0], shade, 1);
        svg += &text(scale.x(figure), height - 14.0, "middle", &figure.to_string());
    }
    for (number, it) in (0..).zip(bars.iter()) {
        svg += &bar(it, TOP + 6.0 + STEP * f64::from(number), &scale);
    }
    svg += "</svg>\n";
    let file = folder().join("performance.svg");
    std::fs::write(&file, svg).expect("a file");
    println!("a chart of it: {}", file.display());
}
