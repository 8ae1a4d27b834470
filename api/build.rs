//! Builds again when a file is added to a folder that is embedded in the binary: the macro that embeds them only
//! notices changes of the files that it has seen.

fn main() {
    println!("cargo::rerun-if-changed=../web/dist");
    println!("cargo::rerun-if-changed=../sample/media");
}
