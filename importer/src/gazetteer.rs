//! A gazetteer of cities, a line each, as GeoNames has them: `geonameid`, `name`, `country`, `latitude`, `longitude`, `timezone`.
//! <https://www.geonames.org/>, CC BY 4.0.

use std::io::Read;

use crate::{
    draft::{Draft, Place},
    reading::Problem,
    records::Records,
};

/// Whether the first line is the header of a gazetteer.
pub(crate) fn recognises(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names: Vec<&[u8]> = line.split(|byte| *byte == b'\t').map(<[u8]>::trim_ascii).collect();
    [&b"geonameid"[..], b"name", b"timezone"].iter().all(|name| names.contains(name))
}

/// The places of a gazetteer, read as they are asked for.
pub(crate) fn read<'s, R: Read + 's>(source: R) -> Records<'s> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).flexible(true).from_reader(source);
    let names = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| names.iter().position(|column| column.trim() == name);
    let [id, name, country, latitude, longitude, zone] =
        ["geonameid", "name", "country", "latitude", "longitude", "timezone"].map(column);
    Box::new(reader.into_records().map(move |record| {
        let record = record.map_err(|error| {
            let line = error.position().map(|position| format!("line {}", position.line()));
            Problem::at(line.unwrap_or_default(), format!("not a line of a gazetteer: {error}"))
        })?;
        let field = |column: Option<usize>| record.get(column?).map(str::trim).filter(|field| !field.is_empty());
        let at = || record.position().map(|position| format!("line {}", position.line())).unwrap_or_default();
        Ok(Draft::Place(Box::new(Place {
            slug: None,
            name: field(name).ok_or_else(|| Problem::at(at(), "no name"))?.to_owned(),
            uri: field(id).map(|id| format!("https://sws.geonames.org/{id}/")),
            country_code: field(country).map(ToOwned::to_owned),
            time_zone: field(zone).map(ToOwned::to_owned),
            latitude: field(latitude).and_then(|degrees| degrees.parse().ok()),
            longitude: field(longitude).and_then(|degrees| degrees.parse().ok()),
        })))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_place_with_its_zone() {
        let table = "geonameid\tname\tcountry\tadmin1\tlatitude\tlongitude\tpopulation\ttimezone\n\
            524901\tMoscow\tRU\t48\t55.75222\t37.61556\t10381222\tEurope/Moscow\n1\t\tRU\n";
        assert!(recognises(table.as_bytes()));
        let read: Vec<_> = read(table.as_bytes()).collect();
        let Ok(Draft::Place(place)) = &read[0] else { panic!("{read:?}") };
        assert_eq!((place.name.as_str(), place.time_zone.as_deref()), ("Moscow", Some("Europe/Moscow")));
        assert_eq!(place.uri.as_deref(), Some("https://sws.geonames.org/524901/"));
        assert_eq!(read[1], Err(Problem::at("line 3", "no name")));
    }
}
