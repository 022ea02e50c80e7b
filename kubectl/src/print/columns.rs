//! Text in aligned columns.

use std::io::Write;

/// Columns that keep their widths from one print to the next, as a watch needs.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    widths: Vec<usize>,
}

/// Space between columns.
const PADDING: usize = 3;
/// Narrowest column, with its padding.
const NARROWEST: usize = 6;

impl Columns {
    /// Prints `rows`; the last cell of a row is not padded.
    pub(crate) fn print(&mut self, out: &mut (dyn Write + Send), rows: &[Vec<String>]) -> std::io::Result<()> {
        for row in rows {
            self.widths.resize(self.widths.len().max(row.len()), 0);
            let padded = row.len().saturating_sub(1);
            for (width, cell) in self.widths.iter_mut().zip(row.iter().take(padded)) {
                *width = (*width).max(cell.chars().count() + PADDING).max(NARROWEST);
            }
        }
        for row in rows {
            let padded = row.len().saturating_sub(1);
            for (at, cell) in row.iter().enumerate() {
                let width = if at < padded { self.widths.get(at).copied().unwrap_or_default() } else { 0 };
                write!(out, "{cell:width$}")?;
            }
            writeln!(out)?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_line_up_with_three_spaces_between() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let mut out = Vec::new();
        Columns::default().print(&mut out, &[row(&["NAME", "READY", "AGE"]), row(&["web-1", "1/1", "5s"])]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME    READY   AGE\nweb-1   1/1     5s\n");
    }
}
