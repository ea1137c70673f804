//! A small disk of its own for nodes: an ext4 image on a loop device, which can be full and can lose its power. Needs root.

use crate::cli::run;
use anyhow::Context;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const MIB: u64 = 1024 * 1024;
/// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing reaches the disk, the journal included. It says
/// that it has the disk open, waits for a line, and says when it is done.
const CUT: &str = "import fcntl, os, struct, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
print('open', flush=True)
sys.stdin.readline()
fcntl.ioctl(disk, 0x8004587D, struct.pack('I', 2))
print('cut', flush=True)";

/// A mounted image; unmounted and removed when dropped.
#[derive(Debug)]
pub struct LoopDisk {
    image: PathBuf,
    mounted: PathBuf,
}

/// Whether this process may mount images. When not, and it need not be able to, the reason is printed for the reader of the
/// test's output.
pub fn may_mount() -> anyhow::Result<bool> {
    let required =
        std::env::var_os("YINGLIAN_REQUIRE_ROOT_TESTS").is_some_and(|value| value == "1");
    let tried = tempfile::tempdir().map_err(anyhow::Error::from).and_then(|folder| {
        LoopDisk::mount_new(&folder.path().join("disk"), &folder.path().join("mnt"), 8)
    });
    match tried {
        Ok(_) => Ok(true),
        Err(error) if required => Err(error.context("loop devices and root are required here")),
        Err(error) => {
            println!("skipped: needs root and loop devices ({error:#})");
            Ok(false)
        }
    }
}

impl LoopDisk {
    /// Makes an ext4 image of this size and mounts it on a folder, which is made where it is missing. What the folder held
    /// is moved onto the disk.
    pub fn mount_new(image: &Path, folder: &Path, mib: u64) -> anyhow::Result<Self> {
        std::fs::File::create(image)?.set_len(mib * MIB)?;
        command("mkfs.ext4", &["-q", "-F", "-m", "0", path(image)?])?;
        let aside = folder.with_extension("aside");
        std::fs::create_dir_all(folder)?;
        std::fs::rename(folder, &aside)?;
        std::fs::create_dir(folder)?;
        let disk = Self { image: image.into(), mounted: folder.into() };
        disk.mount()?;
        command("cp", &["-a", &format!("{}/.", path(&aside)?), path(folder)?])?;
        std::fs::remove_dir_all(&aside)?;
        Ok(disk)
    }

    fn mount(&self) -> anyhow::Result<()> {
        command("mount", &["-o", "loop", path(&self.image)?, path(&self.mounted)?])
    }

    fn unmount(&self) -> anyhow::Result<()> {
        command("umount", &[path(&self.mounted)?])
    }

    /// Syncs what was written so far: a home was furnished long before its power is cut.
    pub fn settle(&self) -> anyhow::Result<()> {
        command("sync", &["-f", path(&self.mounted)?])
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.mounted
    }

    /// Prepares to cut the power, so that nothing but the cut itself happens later.
    pub fn prepare_cut(&self) -> anyhow::Result<PowerCut> {
        let mut python = Command::new("python3")
            .args(["-c", CUT, path(&self.mounted)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3")?;
        let said = BufReader::new(python.stdout.take().context("stdout")?);
        let mut cut = PowerCut { python, said };
        cut.expect("open")?;
        Ok(cut)
    }

    /// Brings the power back. The processes that used the disk must be dead.
    pub fn power_on(&self) -> anyhow::Result<()> {
        self.unmount()?;
        self.mount()
    }

    /// Fills the disk until only so many bytes are free.
    pub fn fill_to(&self, free_mib: u64) -> anyhow::Result<()> {
        let free = free_bytes(&self.mounted)?;
        let size = free.saturating_sub(free_mib * MIB).to_string();
        let filler = self.filler();
        // Blocks are taken, not only promised: a sparse file would leave them free.
        command("fallocate", &["-l", &size, path(&filler)?])
    }

    /// Takes what is left, to the last byte.
    pub fn fill_up(&self) -> anyhow::Result<()> {
        let _ = run(Command::new("dd")
            .args(["if=/dev/zero", "bs=64K", "oflag=append", "conv=notrunc"])
            .arg(format!("of={}", path(&self.filler())?)))?;
        let free = free_bytes(&self.mounted)?;
        anyhow::ensure!(free < MIB, "{free} bytes are still free");
        Ok(())
    }

    /// Removes what filled it.
    pub fn make_room(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.mounted.join("filler")
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        // A test that fails drops it while nodes still hold files: the disk goes when they do.
        let _ = self.unmount().or_else(|_| command("umount", &["-l", path(&self.mounted)?]));
        let _ = std::fs::remove_file(&self.image);
    }
}

/// A power cut that waits for its moment.
#[derive(Debug)]
pub struct PowerCut {
    python: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl PowerCut {
    /// Cuts.
    pub fn now(mut self) -> anyhow::Result<()> {
        writeln!(self.python.stdin.as_ref().context("stdin")?, "now")?;
        self.expect("cut")?;
        anyhow::ensure!(self.python.wait()?.success(), "the ioctl failed");
        Ok(())
    }

    fn expect(&mut self, word: &str) -> anyhow::Result<()> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        anyhow::ensure!(line.trim() == word, "expected {word:?}, python3 said {line:?}");
        Ok(())
    }
}

impl Drop for PowerCut {
    fn drop(&mut self) {
        let _ = self.python.kill();
        let _ = self.python.wait();
    }
}

fn free_bytes(folder: &Path) -> anyhow::Result<u64> {
    let said = run(Command::new("stat").args(["-f", "-c", "%a %S", path(folder)?]))?.well()?;
    let mut numbers = said.stdout.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().context("stat")?.context("stat");
    Ok(next()? * next()?)
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("path")
}

fn command(name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let said = run(Command::new(name).args(arguments))?.well();
    said.map(|_| ()).with_context(|| format!("{name} {}", arguments.join(" ")))
}
