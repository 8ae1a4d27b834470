//! The secret under which readers are remembered. It never comes into the database: whoever has a copy of that cannot try addresses.

use std::{
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use highway::{HighwayHash as _, HighwayHasher, Key};

/// The name of the file in the folder that the system keeps for programs.
const FILE: &str = "newsgraph/reads.key";

/// A secret of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Another one each time: what is remembered under it is of no use after the end of the process.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        Self(bytes)
    }

    /// That of a file, which is made when it is not there.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::read(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    fs::create_dir_all(folder)?;
                }
                Self::make(path)?;
                // Another server may have been first.
                Self::read(&fs::read_to_string(path)?)
            }
            Err(error) => Err(error),
        }
    }

    /// Where the file is when no setting says so: where programs keep their state.
    pub fn usual_file() -> PathBuf {
        let folder = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
        folder("STATE_DIRECTORY")
            .or_else(|| folder("XDG_STATE_HOME"))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state")))
            .unwrap_or_default()
            .join(FILE)
    }

    fn read(text: &str) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it must hold 64 hexadecimal digits");
        let digits = text.trim();
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }

    /// Puts a whole file in its place, or none: servers may start at once. Each may be process 1 of its container, so its number is no name.
    fn make(path: &Path) -> io::Result<()> {
        let random = || Self::random().0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let digits = random();
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}", &random()[..16]));
        let unfinished = PathBuf::from(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        writeln!(file, "{digits}")?;
        file.sync_all()?;
        match fs::hard_link(&unfinished, path) {
            // Not every file system has links.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(&unfinished, path),
            _ => fs::remove_file(&unfinished),
        }
    }

    /// A key that tells nothing of the secret.
    pub(super) fn derive(&self, purpose: &str, number: i64) -> Key {
        let word = |index: usize| {
            let bytes: [u8; 8] = self.0[index * 8..index * 8 + 8].try_into().expect("it is eight bytes");
            u64::from_le_bytes(bytes)
        };
        let mut hasher = HighwayHasher::new(Key([word(0), word(1), word(2), word(3)]));
        hasher.append(&number.to_le_bytes());
        hasher.append(purpose.as_bytes());
        Key(hasher.finalize256())
    }

    /// Tells which secret something was remembered under.
    pub(super) fn id(&self) -> i64 {
        let Key([id, ..]) = self.derive("id", 0);
        id.cast_signed()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_by_all() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("state/newsgraph/reads.key");
        let made = Secret::of_file(&path).expect("it is made");
        assert_eq!(Secret::of_file(&path).expect("it is read"), made);
        assert_ne!(made, Secret::random());
        assert_eq!(fs::read_dir(path.parent().expect("it has one")).expect("it is there").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn servers_that_start_at_once_have_one_secret() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().expect("there is room");
            let path = folder.path().join("reads.key");
            let barrier = std::sync::Barrier::new(8);
            let secrets: Vec<Secret> = std::thread::scope(|scope| {
                let make = || {
                    barrier.wait();
                    Secret::of_file(&path).expect("it is made or read")
                };
                let servers: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
                servers.into_iter().map(|server| server.join().expect("it does not panic")).collect()
            });
            assert!(secrets.iter().all(|secret| *secret == secrets[0]), "they have several");
            assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
        }
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("key");
        for text in ["", "secret", &"ä".repeat(32), &"x".repeat(64)] {
            fs::write(&path, text).expect("there is room");
            let refused = Secret::of_file(&path).expect_err("it is refused");
            assert!(refused.to_string().contains("64 hexadecimal digits"), "{refused}");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
        }
    }

    #[test]
    fn keys_for_different_purposes_differ_and_a_secret_is_not_shown() {
        let secret = Secret::random();
        assert_eq!(secret.derive("half", 1).0, secret.derive("half", 1).0);
        assert_ne!(secret.derive("half", 1).0, secret.derive("half", 2).0);
        assert_ne!(secret.derive("half", 1).0, secret.derive("day", 1).0);
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
