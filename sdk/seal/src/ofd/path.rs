//! Locations of OFD (`ST_Loc`, GB/T 33190-2016 clause 7.3): absolute from the package's root, or relative to the file that holds them.
//!
//! Comes in: a location and the file it stands in. Goes out: the path of an entry, without `/` in front. Never: a path outside
//! the package.
use super::fault::OfdFault;
use super::limits;
use super::zip::safe_part;

/// The folder of a file: `""` or a path that ends with `/`.
pub(crate) fn folder(file: &str) -> &str {
    let end = file.rfind('/').and_then(|at| at.checked_add(1));
    end.and_then(|end| file.get(..end)).unwrap_or("")
}

/// Resolves a location against a folder (`""` is the root; otherwise it ends with `/`).
pub(crate) fn resolve(folder: &str, location: &str) -> Result<String, OfdFault> {
    let location = location.trim();
    let long =
        |text: &str| u64::try_from(text.len()).is_ok_and(|bytes| bytes > limits::NAME_BYTES_MAX);
    if location.is_empty() || long(location) || long(folder) {
        return Err(OfdFault::Path);
    }
    let from = if location.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    let steps = from.split('/').chain(location.split('/'));
    for step in steps {
        match step {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(OfdFault::Path)?;
            }
            part if safe_part(part) => parts.push(part),
            _ => return Err(OfdFault::Path),
        }
    }
    if parts.is_empty() {
        return Err(OfdFault::Path);
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_resolve_inside_the_package_alone() {
        let from = folder("Doc_0/Signs/Signatures.xml");
        assert_eq!(from, "Doc_0/Signs/");
        let cases = [
            ("Sign_0/a.xml", Ok("Doc_0/Signs/Sign_0/a.xml")),
            ("/Doc_0/a.xml", Ok("Doc_0/a.xml")),
            ("../a.xml", Ok("Doc_0/a.xml")),
            ("./a.xml", Ok("Doc_0/Signs/a.xml")),
            ("../../../a.xml", Err(OfdFault::Path)),
            ("/../a.xml", Err(OfdFault::Path)),
            ("..\\a.xml", Err(OfdFault::Path)),
            ("c:/a.xml", Err(OfdFault::Path)),
            ("", Err(OfdFault::Path)),
            ("/", Err(OfdFault::Path)),
        ];
        for (location, expected) in cases {
            let path = resolve(from, location);
            assert_eq!(path.as_deref(), expected.as_ref().copied(), "{location}");
        }
    }
}
