//! Files of photos in the data folder: written once, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use entity::id::AttachmentId;

use crate::kit::error::{Code, Fault};
use crate::kit::secret;

/// Where the file of a photo lies: `files/<2 digits of its digest>/<id>-<16 digits of its digest>`.
/// The digest in the name means that two uploads to one address, however they race, never write
/// to the same file unless they write the same bytes.
#[must_use]
pub fn place(data_dir: &Path, photo: AttachmentId, digest: &str) -> PathBuf {
    let folder = digest.get(..2).unwrap_or("00");
    let short = digest.get(..16).unwrap_or(digest);
    data_dir.join("files").join(folder).join(format!("{}-{short}", photo.0.simple()))
}

/// Writes a file so that after this returns it is there, whole, whatever happens to the machine:
/// a temporary file is written and synced, renamed, and the folder is synced.
///
/// # Errors
/// STORAGE_FULL, or INTERNAL naming the folder.
pub fn store(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(path);
    let failed = |error: io::Error| fault(folder, &error);
    make_folder(folder).map_err(failed)?;
    let temporary = folder.join(format!(".{}.part", secret::trace_id()));
    let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: what is left is found by its ending.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(failed)?;
    sync_folder(folder).map_err(failed)
}

/// Reads a file whole.
///
/// # Errors
/// INTERNAL naming the file: a row says that it is there.
pub fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|error| fault(path, &error))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    // A folder is an entry of its parent, and `files` of the data folder.
    let parents = folder.ancestors().skip(1).take(2);
    parents.filter(|parent| parent.is_dir()).try_for_each(sync_folder)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Windows does not sync folders and does not need to.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn fault(path: &Path, error: &io::Error) -> Fault {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let code = if full { Code::StorageFull } else { Code::Internal };
    Fault { code, detail: format!("{}: {error}", path.display()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_is_there_whole_and_nothing_else_is() {
        let data = tempfile::tempdir().expect("a folder");
        let path = place(data.path(), AttachmentId(Uuid::from_u128(1)), "abcdef0123456789ff");
        assert!(path.ends_with("files/ab/00000000000000000000000000000001-abcdef0123456789"));
        store(&path, b"pixels").expect("stored");
        store(&path, b"pixels").expect("stored again");
        assert_eq!(read(&path).expect("read"), b"pixels");
        let folder = path.parent().expect("a folder");
        assert_eq!(fs::read_dir(folder).expect("listed").count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_fault_that_names_it() {
        let data = tempfile::tempdir().expect("a folder");
        fs::write(data.path().join("files"), "in the way").expect("written");
        let path = place(data.path(), AttachmentId(Uuid::from_u128(1)), "abcdef0123456789ff");
        let fault = store(&path, b"pixels").expect_err("refused");
        assert!(fault.detail.contains("files"), "{fault}");
    }
}
