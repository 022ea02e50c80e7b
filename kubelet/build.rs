//! Builds the two images that are part of the binary: static programs in `docker load` archives.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=images");
    println!("cargo:rerun-if-env-changed=KONTIKI_BUSYBOX");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let pause = compile("pause", &out)?;
    let demo = compile("demo", &out)?;
    let mut layer = Layer::new();
    layer.file("pause", &pause)?;
    write_image(&out, "pause", layer)?;
    let mut layer = Layer::new();
    layer.file("demo", &demo)?;
    layer.shell()?;
    write_image(&out, "demo", layer)
}

/// Compiles `images/NAME.rs` (standard library only) into a static program.
fn compile(name: &str, out: &Path) -> Result<Vec<u8>, Failure> {
    let program = out.join(name);
    let rustc = std::env::var("RUSTC")?;
    let status = Command::new(rustc)
        .arg(format!("images/{name}.rs"))
        .args(["--edition", "2024", "-C", "opt-level=s", "-C", "panic=abort", "-C", "strip=symbols"])
        .args(["-C", "target-feature=+crt-static", "-C", "codegen-units=1"])
        .arg("-o")
        .arg(&program)
        .status()?;
    if !status.success() {
        return Err(format!("rustc could not build images/{name}.rs as a static program ({status})").into());
    }
    Ok(std::fs::read(program)?)
}

/// The one layer of an image, as a tar archive.
struct Layer(tar::Builder<Vec<u8>>);

impl Layer {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn file(&mut self, path: &str, content: &[u8]) -> Result<(), Failure> {
        let mut header = header(tar::EntryType::Regular, 0o755);
        header.set_size(content.len() as u64);
        Ok(self.0.append_data(&mut header, path, content)?)
    }

    fn text(&mut self, path: &str, content: &str) -> Result<(), Failure> {
        let mut header = header(tar::EntryType::Regular, 0o644);
        header.set_size(content.len() as u64);
        Ok(self.0.append_data(&mut header, path, content.as_bytes())?)
    }

    fn folder(&mut self, path: &str, mode: u32) -> Result<(), Failure> {
        Ok(self.0.append_data(&mut header(tar::EntryType::Directory, mode), path, std::io::empty())?)
    }

    /// A shell and the usual small tools, from the distribution's static busybox where there is one.
    fn shell(&mut self) -> Result<(), Failure> {
        self.folder("bin/", 0o755)?;
        self.folder("tmp/", 0o1777)?;
        self.folder("etc/", 0o755)?;
        self.text("etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")?;
        self.text("etc/group", "root:x:0:\nnogroup:x:65534:\n")?;
        let path = std::env::var("KONTIKI_BUSYBOX").unwrap_or_else(|_| "/bin/busybox".into());
        println!("cargo:rerun-if-changed={path}");
        let Ok(busybox) = std::fs::read(&path) else {
            println!("cargo:warning={path} is missing (package busybox-static): the demo image has no shell");
            return Ok(());
        };
        self.file("bin/busybox", &busybox)?;
        // busybox' own wget needs a resolver that static programs do not have.
        self.0.append_link(&mut header(tar::EntryType::Symlink, 0o777), "bin/wget", "/demo")?;
        let applets = Command::new(&path).arg("--list").output()?;
        for applet in String::from_utf8(applets.stdout)?.lines().filter(|name| !matches!(*name, "busybox" | "wget")) {
            let mut link = header(tar::EntryType::Symlink, 0o777);
            self.0.append_link(&mut link, format!("bin/{applet}"), "/bin/busybox")?;
        }
        Ok(())
    }
}

fn header(kind: tar::EntryType, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_size(0);
    header
}

/// Writes `layer` as the image `kontiki/NAME:1` in the form `docker load` reads, compressed. The digest of
/// the layer is a label of the image, and is told to the crate: so it is known again under any tag.
fn write_image(out: &Path, name: &str, layer: Layer) -> Result<(), Failure> {
    let layer = layer.0.into_inner()?;
    let digest = format!("sha256:{}", hex(&Sha256::digest(&layer)));
    println!("cargo:rustc-env=KONTIKI_{}_CONTENT={digest}", name.to_uppercase());
    let config = serde_json::to_vec(&serde_json::json!({
        "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "Entrypoint": [format!("/{name}")], "Env": ["PATH=/bin:/"], "WorkingDir": "/",
            "Labels": { "io.kontiki.content": digest },
        },
        "rootfs": { "type": "layers", "diff_ids": [digest] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "kontiki" }],
    }))?;
    let config_name = format!("{}.json", hex(&Sha256::digest(&config)));
    let manifest = serde_json::to_vec(
        &serde_json::json!([{ "Config": config_name, "RepoTags": [format!("kontiki/{name}:1")], "Layers": ["layer.tar"] }]),
    )?;
    let mut image = Layer::new();
    image.file(&config_name, &config)?;
    image.file("layer.tar", &layer)?;
    image.file("manifest.json", &manifest)?;
    let mut gzip =
        flate2::write::GzEncoder::new(std::fs::File::create(out.join(format!("{name}.tar.gz")))?, flate2::Compression::best());
    gzip.write_all(&image.0.into_inner()?)?;
    gzip.finish()?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
