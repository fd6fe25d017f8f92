//! Paths of PATCH, of attributes, and lists of attributes to show.

use crate::filter::nested;
use crate::position;
use crate::same::same;
use crate::samples::{types, views};
use scim::path::{AttrPath, Path};
use scim::project::Projection;
use scim::{ErrorKind, ResourceType, Target};

/// Of a path, in bytes.
const LONGEST: usize = 4 * 1024;

pub(crate) fn law(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let attr = text.parse::<AttrPath>();
    let path = text.parse::<Path>();
    match &attr {
        Ok(attr) => attr_is_read_again(&text, attr),
        Err(error) => refused(error, &text),
    }
    match &path {
        Ok(path) => path_is_read_again(&text, path),
        Err(error) => refused(error, &text),
    }
    if let Ok(attr) = attr {
        // A path of PATCH without brackets is that of an attribute.
        assert_eq!(path.unwrap(), Path { attr, filter: None }, "{text:?}");
    }
    // The one that knows most names: what is shown costs more than all the rest.
    projects(&text, &types()[2]);
}

fn refused(error: &scim::Error, text: &str) {
    assert_eq!(error.kind(), ErrorKind::InvalidPath, "{text:?}: {error}");
    position::inside(error, text);
}

fn attr_is_read_again(text: &str, attr: &AttrPath) {
    assert!(text.len() <= LONGEST);
    same(attr.to_string().parse(), attr, text);
    for of in types() {
        if let Ok(Target::Attribute(at)) = of.resolve(attr, ErrorKind::InvalidPath) {
            let named: AttrPath = at.to_string().parse().unwrap();
            let again = of.resolve(&named, ErrorKind::InvalidPath);
            same(again, &Target::Attribute(at), text);
        }
    }
}

fn path_is_read_again(text: &str, path: &Path) {
    assert!(text.len() <= LONGEST);
    nested(text);
    let written = path.to_string();
    if written.len() <= LONGEST {
        same(written.parse(), path, text);
    }
    let behind = text.rsplit_once(']').map(|(_, behind)| behind);
    let sub = path.attr.sub.as_deref();
    match (&path.filter, behind) {
        (Some(_), Some("")) => assert_eq!(sub, None, "{text:?}"),
        // Nothing behind the bracket is dropped.
        (Some(_), Some(behind)) => assert_eq!(behind.strip_prefix('.'), sub, "{text:?}"),
        (Some(_), None) => panic!("{text:?} has no bracket"),
        (None, _) => {}
    }
}

/// A list of names shows a part of the view, and the same part of that.
fn projects(text: &str, of: &ResourceType) {
    let text = [text.to_owned()];
    for (asked, excluded) in [(&text[..], &[][..]), (&[][..], &text[..])] {
        let Ok(projection) = Projection::parse(of, asked, excluded) else {
            continue;
        };
        for view in views() {
            let once = projection.apply(of, view.clone());
            assert_eq!(once.get("id"), view.get("id"), "{text:?}");
            for key in once.keys() {
                assert!(view.contains_key(key), "{text:?} shows {key}");
            }
            assert_eq!(projection.apply(of, once.clone()), once, "{text:?}");
        }
    }
}
