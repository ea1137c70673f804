//! As much of Markdown as the checks read: pipe tables, code spans, links.

/// One pipe table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Every pipe table of a document.
pub(crate) fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        let Some(cells) = line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
        match tables.last_mut().filter(|_| inside) {
            None => {
                tables.push(Table { header: cells, rows: Vec::new() });
                inside = true;
            }
            Some(_) if is_rule(&cells) => {}
            Some(table) => table.rows.push(cells),
        }
    }
    tables
}

fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':'))
}

/// What stands between backticks, and what remains of the text without it.
pub(crate) fn code_spans(cell: &str) -> (Vec<String>, String) {
    let mut spans = Vec::new();
    let mut prose = String::new();
    for (index, piece) in cell.split('`').enumerate() {
        if index % 2 == 1 {
            spans.push(piece.to_owned());
        } else {
            prose.push_str(piece);
        }
    }
    (spans, prose)
}

/// Targets of the links of a document with their lines, fenced code left out.
pub(crate) fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // In code, `a[1](b)` is no link.
        for piece in code_spans(line).1.split("](").skip(1) {
            if let Some((target, _)) = piece.split_once(')') {
                links.push((index + 1, target.trim().to_owned()));
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_ends_where_its_pipes_end() {
        let found = tables("text\n| a | b |\n|---|:--|\n| 1 | `2` |\n\n| c |\n|---|\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].header, ["a", "b"]);
        assert_eq!(found[0].rows, [["1", "`2`"]]);
        assert!(found[1].rows.is_empty());
    }

    #[test]
    fn code_spans_are_told_from_prose() {
        let (spans, prose) = code_spans("disk, `a::b`, clock");
        assert_eq!(spans, ["a::b"]);
        assert_eq!(prose, "disk, , clock");
    }

    #[test]
    fn links_in_code_are_no_links() {
        let found = links("see [a](b.md), `n[1](m)`\n```\n[x](y)\n```\n[`c`](d) [e](f)");
        assert_eq!(found, [(1, "b.md".to_owned()), (5, "d".to_owned()), (5, "f".to_owned())]);
    }
}
