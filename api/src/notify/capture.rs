//! Where mails go while no mail server is configured: into a folder, one `.eml` file each, for any mail program to open.
//!
//! A file appears under its name only when it is whole and on the disk, so a reader never sees half a mail and a mail
//! called captured survives a power cut. Names sort by time. Mails carry sign-in codes: only the owner may read them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use super::message::MessageId;

/// Longest part of a file name that comes from the Message-ID, in characters.
const NAME_LIMIT: usize = 80;

/// A folder of captured mails.
#[derive(Debug, Clone)]
pub struct Capture {
    folder: PathBuf,
}

impl Capture {
    /// Opens the folder and makes it if need be. Blocks on the disk.
    ///
    /// # Errors
    /// When the folder can neither be made nor used.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        make_private_folder(&folder)?;
        Ok(Self { folder })
    }

    /// The folder, to tell people where their mails went.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps one mail and returns its file. The same mail at the same instant is the same file, so a repeated attempt
    /// makes no second copy. Blocks on the disk: call it where blocking is allowed.
    ///
    /// # Errors
    /// When the disk refuses; then there is no file of that name.
    pub fn keep(&self, at: OffsetDateTime, id: &MessageId, bytes: &[u8]) -> io::Result<PathBuf> {
        let name = file_name(at, id)?;
        let temporary = self.folder.join(format!(".{name}.part"));
        let target = self.folder.join(format!("{name}.eml"));
        let mut file = private_file(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &target)?;
        // The name itself is on the disk only after this.
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(target)
    }
}

/// `20261121T213000.000000Z-mail-1`: time to the microsecond, then the safe characters of the id.
fn file_name(at: OffsetDateTime, id: &MessageId) -> io::Result<String> {
    let format =
        format_description!("[year][month][day]T[hour][minute][second].[subsecond digits:6]Z");
    let time = at.to_offset(time::UtcOffset::UTC).format(format).map_err(io::Error::other)?;
    let left = id.as_str().trim_start_matches('<').split('@').next().unwrap_or_default();
    let safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let left: String = left.chars().filter(safe).take(NAME_LIMIT).collect();
    Ok(format!("{time}-{left}"))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A rest of an attempt that crashed is overwritten.
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn id(left: &str) -> MessageId {
        MessageId::new(left, "example.org").expect("an id")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn mails_are_kept_whole_and_sort_by_time() {
        let root = tempfile::tempdir().expect("a folder");
        let capture = Capture::open(root.path().join("mails/out")).expect("a folder");
        let late = datetime!(2026-11-21 21:30:00.5 UTC);
        let early = datetime!(2026-11-21 22:29:59 +1);
        capture.keep(late, &id("b"), b"late").expect("kept");
        let file = capture.keep(early, &id("..a"), b"early").expect("kept");
        capture.keep(late, &id("b"), b"late").expect("kept again");
        assert_eq!(fs::read(file).expect("a file"), b"early");
        let expected = ["20261121T212959.000000Z-a.eml", "20261121T213000.500000Z-b.eml"];
        assert_eq!(names(capture.folder()), expected);
    }

    #[test]
    fn a_full_or_missing_folder_is_an_error_and_leaves_no_mail() {
        let root = tempfile::tempdir().expect("a folder");
        let capture = Capture::open(root.path().join("mails")).expect("a folder");
        fs::remove_dir(capture.folder()).expect("removed");
        assert!(capture.keep(datetime!(2026-11-21 21:30:00 UTC), &id("a"), b"x").is_err());
        fs::write(capture.folder(), b"a file").expect("written");
        assert!(Capture::open(capture.folder()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_captured_mails() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().expect("a folder");
        let capture = Capture::open(root.path().join("mails")).expect("a folder");
        let file = capture.keep(datetime!(2026-11-21 21:30:00 UTC), &id("a"), b"x").expect("kept");
        let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!((mode(capture.folder()), mode(&file)), (0o700, 0o600));
    }
}
