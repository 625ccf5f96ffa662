use super::encoding::Encoding;
use super::lines::line_at;
use super::refusal::MAX_ROW_ERRORS;
use super::*;
use proptest::prelude::*;

const COLUMNS: [Column; 4] = [
    Column::required("code").also(&["external code", "id"]).key(),
    Column::required("name").also(&["nombre"]),
    Column::optional("parent_code").id(),
    Column::optional("note"),
];

fn take(text: &str) -> Result<Table, TableRefusal> {
    read(text.as_bytes(), &COLUMNS)
}

fn cells(table: &Table, column: &str) -> Vec<String> {
    table.rows().map(|row| row.get(column).unwrap_or_default().to_owned()).collect()
}

fn faults(text: &str) -> Vec<RowError> {
    match take(text) {
        Err(TableRefusal::Rows(errors)) => errors,
        other => panic!("expected faulty rows, got {other:?}"),
    }
}

#[test]
fn a_plain_file_is_read_by_name_whatever_the_order_and_case_of_headers() {
    let table = take("NAME, External-Code ,colour\nWard 7, W7 ,green\nWard 8,W8,\n").unwrap();
    assert_eq!(cells(&table, "code"), ["W7", "W8"]);
    assert_eq!(cells(&table, "name"), ["Ward 7", "Ward 8"]);
    assert_eq!(table.ignored(), ["colour"]);
    assert!(table.has("code") && !table.has("note") && table.len() == 2);
    assert_eq!(table.rows().map(|row| row.line()).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn byte_order_mark_and_every_separator_and_line_end_read_the_same() {
    for bom in ["", "\u{feff}"] {
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n", "\r"] {
                let text = format!(
                    "{bom}code,name,note{end}A,\"x, y; z\tw\",{end}B,two,\"a\nb\"{end}C,three,{end}"
                );
                let text =
                    text.replace("code,name,note", &["code", "name", "note"].join(separator));
                let text = text
                    .replace("A,", &format!("A{separator}"))
                    .replace("\",", &format!("\"{separator}"));
                let text = text.replace("B,two,", &format!("B{separator}two{separator}"));
                let text = text.replace("C,three,", &format!("C{separator}three{separator}"));
                let table = take(&text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal}"));
                assert_eq!(cells(&table, "name"), ["x, y; z\tw", "two", "three"], "{text:?}");
                assert_eq!(cells(&table, "note")[1], "a\nb");
                let lines: Vec<_> = table.rows().map(|row| row.line()).collect();
                assert_eq!(lines, [2, 3, 5], "{text:?}");
            }
        }
    }
}

#[test]
fn a_declared_separator_counts_as_a_line() {
    let table = take("sep=;\r\ncode;name\r\nA;a, b\r\n").unwrap();
    assert_eq!(cells(&table, "name"), ["a, b"]);
    assert_eq!(table.rows().next().map(|row| row.line()), Some(3));
}

#[test]
fn blank_lines_and_rows_and_cells_behind_the_last_column_are_no_rows() {
    let table = take("\n\ncode;name\n\n;;\nA;a;;;\n \nB;b\n").unwrap();
    assert_eq!(cells(&table, "code"), ["A", "B"]);
    assert_eq!(table.rows().map(|row| row.line()).collect::<Vec<_>>(), [6, 8]);
}

#[test]
fn other_alphabets_are_named_and_read_when_declared() {
    let latin = b"code,name\nA,Caf\xE9\n";
    let refusal = read(latin, &COLUMNS).unwrap_err();
    assert_eq!(
        refusal,
        TableRefusal::WrongEncoding {
            declared: Encoding::Utf8,
            looks_like: Some(Encoding::Latin1),
            line: 2
        }
    );
    assert!(refusal.to_string().contains("Latin-1") && refusal.to_string().contains("CSV UTF-8"));
    let windows = b"code,name\nA,Na\xEFve \x80 5\n";
    assert!(read(windows, &COLUMNS).unwrap_err().to_string().contains("Windows-1252"));
    let as_windows = ReadOptions { encoding: Encoding::Windows1252, ..ReadOptions::default() };
    assert_eq!(cells(&read_as(windows, &COLUMNS, &as_windows).unwrap(), "name"), ["Naïve € 5"]);
    assert_eq!(cells(&read_as(latin, &COLUMNS, &as_windows).unwrap(), "name"), ["Café"]);
    let refusal = read_as("code,name\nA,Café\n".as_bytes(), &COLUMNS, &as_windows).unwrap_err();
    assert!(refusal.to_string().contains("looks like UTF-8"), "{refusal}");
}

#[test]
fn utf_16_is_named_and_read_when_declared() {
    let text = "code\tname\r\nA\tZoë 🙂\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked: Vec<u8> = [b"\xFF\xFE".to_vec(), little.clone()].concat();
    let big_marked: Vec<u8> = [b"\xFE\xFF".to_vec(), big].concat();
    let declared = ReadOptions { encoding: Encoding::Utf16, ..ReadOptions::default() };
    for bytes in [&little, &marked, &big_marked] {
        assert!(read(bytes, &COLUMNS).unwrap_err().to_string().contains("UTF-16"));
        assert_eq!(cells(&read_as(bytes, &COLUMNS, &declared).unwrap(), "name"), ["Zoë 🙂"]);
    }
    assert!(
        read_as(b"code,name\nA,a\n", &COLUMNS, &declared)
            .unwrap_err()
            .to_string()
            .contains("UTF-8")
    );
}

#[test]
fn the_header_is_checked_by_name() {
    assert_eq!(take("").unwrap_err(), TableRefusal::Empty);
    assert_eq!(take("\u{feff}\r\n \r\n").unwrap_err(), TableRefusal::Empty);
    assert_eq!(take("code,name\n").unwrap_err(), TableRefusal::NoRows);
    assert!(matches!(take("W7,Ward 7\n"), Err(TableRefusal::NoHeader { .. })));
    let missing = take("code,colour\nA,b\n").unwrap_err();
    assert!(
        missing.to_string().starts_with("The header lacks: name. It has: code, colour."),
        "{missing}"
    );
    let twice = take("id,name,CODE\nA,b,c\n").unwrap_err();
    assert_eq!(twice, TableRefusal::DuplicateColumn { name: "code", first: 1, second: 3 });
}

#[test]
fn ragged_rows_are_named_by_line() {
    let errors = faults("code,name,note\nA,a,x\nB,b\nC,c, d,e\nD,d,\n");
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(errors[0].reason, "The row has 2 cells, the header has 3.");
    assert_eq!(errors[1].reason, "The row has 4 cells, the header has 3.");
    assert!(errors[1].cure.contains("quotes"));
}

#[test]
fn a_quote_that_never_closes_is_refused_where_it_opens() {
    assert_eq!(
        take("code,name\nA,a\nB,\"b\nC,c\nD,d").unwrap_err(),
        TableRefusal::OpenQuote { line: 3 }
    );
    assert_eq!(take("code,name\nA,\"").unwrap_err(), TableRefusal::OpenQuote { line: 2 });
    assert_eq!(cells(&take("code,name\nA,\"say \"\"yes\"\"\"").unwrap(), "name"), ["say \"yes\""]);
}

#[test]
fn ids_that_a_spreadsheet_destroyed_are_refused_in_id_columns_only() {
    let errors = faults(
        "code;name;parent_code\n5.70306E+17;a;x\nB;5.70306E+17;1,2e+05\nC;c;#REF!\n7E1;d;1E5\n",
    );
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(errors[0].column.as_deref(), Some("code"));
    assert!(errors[0].reason.contains("5.70306E+17") && errors[0].cure.contains("text"));
    assert_eq!(errors[1].column.as_deref(), Some("parent_code"));
}

#[test]
fn the_same_key_twice_names_both_lines() {
    let errors = faults("code,name,parent_code\nA,a,P\nB,b,P\n A ,c,P\n");
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].line, errors[0].reason.as_str()), (4, "\"A\" is already in line 2."));
}

#[test]
fn strangers_are_named() {
    let cases: [(&[u8], &str); 5] = [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "git lfs pull",
        ),
        (b"PK\x03\x04\x14\0\x06\0", "workbook"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1", "workbook"),
        (b"\xEF\xBB\xBF\n<!DOCTYPE html><html>", "web page"),
        (b"%PDF-1.4\n", "PDF"),
    ];
    for (bytes, word) in cases {
        let said = read(bytes, &COLUMNS).unwrap_err().to_string();
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(take("code,name\nA,a\nB,b\0\n").unwrap_err(), TableRefusal::Nul { line: 3 });
}

#[test]
fn size_and_rows_are_limited() {
    let options = ReadOptions { max_bytes: 40, max_rows: 2, ..ReadOptions::default() };
    let read = |text: &str| read_as(text.as_bytes(), &COLUMNS, &options);
    assert_eq!(read("code,name\nA,a\nB,b\n").map(|table| table.len()), Ok(2));
    assert_eq!(
        read("code,name\nA,a\nB,b\nC,c\n").unwrap_err(),
        TableRefusal::TooManyRows { max: 2 }
    );
    assert!(matches!(read(&"x".repeat(41)), Err(TableRefusal::TooLarge { bytes: 41, max: 40 })));
}

#[test]
fn many_faults_are_cut_and_a_refusal_becomes_an_error_file() {
    let text = format!("code,name\n{}", "A\n".repeat(3_000));
    assert_eq!(faults(&text).len(), MAX_ROW_ERRORS);
    let file = String::from_utf8(error_file(&take("code\nA\n").unwrap_err().row_errors())).unwrap();
    assert!(
        file.starts_with("\u{feff}line,column,reason,cure\r\n1,,The header lacks: name."),
        "{file}"
    );
}

#[test]
fn cells_that_would_run_are_made_harmless() {
    for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
        assert_eq!(harmless(cell), format!("'{cell}"));
    }
    assert_eq!(harmless("a=b"), "a=b");
    let error = RowError {
        line: 2,
        column: Some("=cmd".into()),
        reason: "-x".into(),
        cure: "a \"b\", c".into(),
    };
    let file = String::from_utf8(error_file(&[error])).unwrap();
    assert!(file.ends_with("2,'=cmd,'-x,\"a \"\"b\"\", c\"\r\n"), "{file}");
}

#[test]
fn a_row_says_what_it_lacks() {
    let table = take("code,name\nA,\n").unwrap();
    let error = table.rows().next().map(|row| row.need("name")).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "line 2, column \"name\": The cell is empty. Fill it in.");
}

/// Writes a cell as a careful program would.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Windows1252, Encoding::Utf16] {
            let options = ReadOptions { encoding, ..ReadOptions::default() };
            if let Err(refusal) = read_as(&bytes, &COLUMNS, &options) {
                prop_assert!(!refusal.to_string().is_empty());
                error_file(&refusal.row_errors());
            }
        }
    }

    #[test]
    fn spoilt_tables_never_panic(rows in proptest::collection::vec("[a-z0-9,;\t\"\r\n=éE+.]{0,30}", 0..20)) {
        let text = format!("code,name,parent_code\n{}", rows.join("\n"));
        if let Err(refusal) = take(&text) {
            let lines = line_at(text.as_bytes(), text.len());
            prop_assert!(refusal.row_errors().iter().all(|error| error.line <= lines));
        }
    }

    #[test]
    fn what_is_quoted_comes_back(
        names in proptest::collection::vec("[a-zA-Zé0-9][ -~é\r\n\t;]{0,20}[a-z]", 1..20),
        separator in prop_oneof![Just(","), Just(";"), Just("\t")],
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let mut text = format!("code{separator}name{end}");
        for (index, name) in names.iter().enumerate() {
            text += &format!("K{index}{separator}{}{end}", quoted(name));
        }
        let table = take(&text).unwrap();
        prop_assert_eq!(cells(&table, "name"), names.clone());
        // The line of each row is the line where an editor finds its key.
        for (index, row) in table.rows().enumerate() {
            let at = text.find(&format!("{end}K{index}{separator}")).unwrap() + end.len();
            prop_assert_eq!(row.line(), line_at(text.as_bytes(), at));
        }
    }

    #[test]
    fn no_written_cell_runs(cell in ".{0,20}") {
        let file = write(&["a"], [vec![cell]]);
        let text = String::from_utf8(file).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            let first = record.unwrap().get(0).and_then(|cell| cell.chars().next());
            prop_assert!(!first.is_some_and(|letter| "=+-@\t\r\n".contains(letter)));
        }
    }
}
