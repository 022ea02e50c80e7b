//! The table that `kontiki bench` prints.

/// One figure with its target.
pub struct Row {
    /// What was measured.
    pub name: &'static str,
    /// The figure with its unit.
    pub figure: String,
    /// What is wanted (DESIGN §8).
    pub target: &'static str,
    /// Server CPU seconds per 1,000 requests, where known.
    pub cpu: Option<f64>,
}

/// Prints the rows in columns.
pub fn print(rows: &[Row]) {
    println!("{:<44} {:>16} {:>14} {:>18}", "figure", "measured", "target", "CPU s/1000 req");
    for row in rows {
        let cpu = row.cpu.map_or_else(|| "-".into(), |seconds| format!("{seconds:.3}"));
        println!("{:<44} {:>16} {:>14} {:>18}", row.name, row.figure, row.target, cpu);
    }
}
