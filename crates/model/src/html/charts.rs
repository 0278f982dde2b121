//! Charts as SVG.

use std::error::Error;

use plotters::prelude::{ChartBuilder, Circle, Color, IntoDrawingArea, LineSeries, RGBColor, SVGBackend, ShapeStyle};

use crate::{Evaluation, Slice};

const SIZE: (u32, u32) = (440, 320);
const INK: RGBColor = RGBColor(31, 78, 140);
const PALE: RGBColor = RGBColor(170, 170, 170);

/// Gain, ROC and calibration, as far as the parts tell them.
pub(super) fn charts(e: &Evaluation) -> Result<Vec<String>, Box<dyn Error>> {
    let (rows, positives) = e.parts.iter().fold((0, 0), |(r, p), part| (r + part.rows, p + part.positives));
    let (rows, positives) = (rows.max(1) as f64, positives.max(1) as f64);
    let negatives = (rows - positives).max(1.0);
    let (mut gain, mut roc, mut seen) = (vec![(0.0, 0.0)], vec![(0.0, 0.0)], (0.0, 0.0));
    for Slice { rows: n, positives: p, .. } in e.parts.iter().rev() {
        seen = (seen.0 + *n as f64, seen.1 + *p as f64);
        gain.push((seen.0 / rows, seen.1 / positives));
        roc.push(((seen.0 - seen.1) / negatives, seen.1 / positives));
    }
    let part = |p: &Slice| (p.mean, p.positives as f64 / p.rows.max(1) as f64);
    let calibration: Vec<(f64, f64)> = e.parts.iter().map(part).collect();
    Ok(vec![
        chart(["Gain", "part of the rows, highest scores first", "part of the positives found"], &gain)?,
        chart(["ROC, at the parts' borders", "false alarms", "hits"], &roc)?,
        chart(["Calibration", "mean probability of a part", "positives among its rows"], &calibration)?,
    ])
}

/// Points in the unit square, joined, beside its diagonal.
fn chart([title, x, y]: [&str; 3], points: &[(f64, f64)]) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 15))
            .margin(10)
            .x_label_area_size(38)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)
            .map_err(|e| e.to_string())?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(x).y_desc(y).x_labels(6).y_labels(6).light_line_style(PALE.mix(0.2));
        mesh.draw().map_err(|e| e.to_string())?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], PALE)).map_err(|e| e.to_string())?;
        let style = ShapeStyle { stroke_width: 2, ..INK.into() };
        chart.draw_series(LineSeries::new(points.iter().copied(), style)).map_err(|e| e.to_string())?;
        chart.draw_series(points.iter().map(|p| Circle::new(*p, 3, INK.filled()))).map_err(|e| e.to_string())?;
        area.present().map_err(|e| e.to_string())?;
    }
    Ok(svg)
}
