//! The table that `kontiki bench` prints.

/// One figure with its target.
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figure with its unit.
    pub figure: String,
    /// What is wanted (DESIGN §8, issue 4); `-` for nothing.
    pub target: String,
    /// Server CPU seconds per 1,000 requests, where known.
    pub cpu: Option<f64>,
}

impl Row {
    /// A figure without processor time.
    pub fn new(name: impl Into<String>, figure: impl Into<String>, target: impl Into<String>) -> Self {
        Self { name: name.into(), figure: figure.into(), target: target.into(), cpu: None }
    }
}

/// Prints the rows in columns.
pub fn print(rows: &[Row]) {
    println!("{:<48} {:>26} {:>22} {:>16}", "figure", "measured", "target", "CPU s/1000 req");
    for row in rows {
        let cpu = row.cpu.map_or_else(|| "-".into(), |seconds| format!("{seconds:.3}"));
        println!("{:<48} {:>26} {:>22} {:>16}", row.name, row.figure, row.target, cpu);
    }
}

/// Tells what is being measured, to whoever waits.
pub fn progress(what: impl std::fmt::Display) {
    eprintln!("… {what}");
}
