//! The shape of the schema, for those who write clients: one box that fails leaves the page standing, and fragments on the members of a
//! union or an interface can be merged.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::{
    parse_query, parse_schema,
    types::{
        BaseType, ExecutableDocument, FieldDefinition, Selection, SelectionSet, Type, TypeDefinition, TypeKind,
        TypeSystemDefinition,
    },
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::{
    article_page::newsroom,
    support::{Kind, TestDb},
};

/// The types of the schema by their names.
struct Shape(BTreeMap<String, TypeDefinition>);

impl Shape {
    fn read() -> Self {
        let definitions = parse_schema(api::schema::sdl()).unwrap().definitions;
        let types = definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node)),
            _ => None,
        });
        Self(types.collect())
    }

    fn fields(&self, ty: &str) -> impl Iterator<Item = &FieldDefinition> {
        let fields = match self.0.get(ty).map(|ty| &ty.kind) {
            Some(TypeKind::Object(object)) => &object.fields[..],
            Some(TypeKind::Interface(interface)) => &interface.fields[..],
            _ => &[],
        };
        fields.iter().map(|field| &field.node)
    }

    fn field(&self, ty: &str, name: &str) -> Option<&FieldDefinition> {
        self.fields(ty).find(|field| field.name.node == name)
    }

    fn objects(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, ty)| matches!(ty.kind, TypeKind::Object(_))).map(|(name, _)| name.as_str())
    }

    /// The object types of a union or an interface; none of another type.
    fn members(&self, ty: &str) -> Vec<&str> {
        match self.0.get(ty).map(|ty| &ty.kind) {
            Some(TypeKind::Union(union)) => union.members.iter().map(|member| member.node.as_str()).collect(),
            Some(TypeKind::Interface(_)) => {
                let implements = |name: &&str| match &self.0[*name].kind {
                    TypeKind::Object(object) => object.implements.iter().any(|interface| interface.node == ty),
                    _ => false,
                };
                self.objects().filter(implements).collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_leaf(&self, ty: &str) -> bool {
        !matches!(
            self.0.get(ty).map(|ty| &ty.kind),
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_))
        )
    }

    /// A value of an argument that must be given; none where no value can be made up.
    fn literal(&self, ty: &Type) -> Option<String> {
        match &ty.base {
            BaseType::List(item) => Some(format!("[{}]", self.literal(item)?)),
            BaseType::Named(name) if name == "Int" => Some("320".to_owned()),
            BaseType::Named(name) if name == "DateTime" => Some("\"2026-03-02T11:00:00Z\"".to_owned()),
            BaseType::Named(name) => match &self.0.get(name.as_str())?.kind {
                TypeKind::Enum(values) => Some(values.values[0].node.value.node.to_string()),
                _ => None,
            },
        }
    }

    /// A field with the arguments that it must have and all that can be selected in it, so deep; none where an argument cannot be made up.
    fn selected(&self, field: &FieldDefinition, depth: usize) -> Option<String> {
        let mut arguments = Vec::new();
        for argument in field.arguments.iter().map(|argument| &argument.node) {
            if !argument.ty.node.nullable && argument.default_value.is_none() {
                arguments.push(format!("{}: {}", argument.name.node, self.literal(&argument.ty.node)?));
            }
        }
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let inside = self.inside(named(&field.ty.node), depth)?;
        Some(format!("{}{arguments}{inside} ", field.name.node))
    }

    fn inside(&self, ty: &str, depth: usize) -> Option<String> {
        if self.is_leaf(ty) {
            return Some(String::new());
        }
        let depth = depth.checked_sub(1)?;
        let mut fields: String = self.fields(ty).filter_map(|field| self.selected(field, depth)).collect();
        for member in self.members(ty) {
            let inside: String = self.fields(member).filter_map(|field| self.selected(field, depth)).collect();
            fields.push_str(&format!("... on {member} {{ __typename {inside}}} "));
        }
        Some(format!(" {{ __typename {fields}}}"))
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

fn has_directive(field: &FieldDefinition) -> bool {
    field.directives.iter().any(|directive| directive.node.name.node == "semanticNonNull")
}

/// Fields with an argument that may be wrong that are not nullable: without what they answer, what they are a part of says nothing, so that is
/// null in their place.
const WITH_WHAT_THEY_ARE_A_PART_OF: [&str; 2] = ["Image.url", "Topic.name"];

#[test]
fn what_may_fail_by_itself_is_nullable_and_what_is_in_it_is_not() {
    let shape = Shape::read();
    let mut wrong = Vec::new();
    for ty in shape.objects() {
        for field in shape.fields(ty) {
            let (place, answered) = (format!("{ty}.{}", field.name.node), &field.ty.node);
            let may_be_refused = !field.arguments.is_empty() && !WITH_WHAT_THEY_ARE_A_PART_OF.contains(&place.as_str());
            if (may_be_refused || ["Query", "Mutation"].contains(&ty)) && !answered.nullable {
                wrong.push(format!("{place} is not nullable: a failure would take what is beside it"));
            }
            if has_directive(field) && !answered.nullable {
                wrong.push(format!("{place} has @semanticNonNull, but is never null"));
            }
            let list = matches!(answered.base, BaseType::List(_)) || named(answered).ends_with("Connection");
            if list && answered.nullable && !has_directive(field) {
                wrong.push(format!("{place} is a list without @semanticNonNull"));
            }
            if let BaseType::List(item) = &answered.base
                && item.nullable
                && place != "Query.nodes"
            {
                wrong.push(format!("{place} has items that may be null"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_directive_is_that_of_the_nullability_working_group() {
    let sdl = api::schema::sdl();
    assert!(sdl.contains("directive @semanticNonNull(levels: [Int] = [0]) on FIELD_DEFINITION\n"), "{sdl}");
    assert!(sdl.contains("  sections: [Section!] @semanticNonNull\n"), "{sdl}");
}

/// Why fields of one name cannot be merged, as SameResponseShape of the specification has it.
fn conflict(shape: &Shape, one: &Type, other: &Type, seen: &mut BTreeSet<(String, String)>) -> Option<String> {
    let differ = || Some(format!("{one} and {other}"));
    if one.nullable != other.nullable {
        return differ();
    }
    let (one_name, other_name) = match (&one.base, &other.base) {
        (BaseType::List(one), BaseType::List(other)) => return conflict(shape, one, other, seen),
        (BaseType::Named(one), BaseType::Named(other)) => (one.as_str(), other.as_str()),
        _ => return differ(),
    };
    if one_name == other_name {
        return None;
    }
    if shape.is_leaf(one_name) || shape.is_leaf(other_name) {
        return differ();
    }
    if !seen.insert((one_name.to_owned(), other_name.to_owned())) {
        return None;
    }
    objects_of(shape, one_name)
        .into_iter()
        .flat_map(|one| objects_of(shape, other_name).into_iter().map(move |other| (one, other)))
        .find_map(|(one, other)| members_conflict(shape, one, other, seen))
}

fn objects_of<'s>(shape: &'s Shape, ty: &'s str) -> Vec<&'s str> {
    let members = shape.members(ty);
    if members.is_empty() { vec![ty] } else { members }
}

fn members_conflict(shape: &Shape, one: &str, other: &str, seen: &mut BTreeSet<(String, String)>) -> Option<String> {
    shape.fields(one).find_map(|field| {
        let beside = shape.field(other, &field.name.node)?;
        let why = conflict(shape, &field.ty.node, &beside.ty.node, seen)?;
        Some(format!("`{}` of {one} and {other}: {why}", field.name.node))
    })
}

#[test]
fn fields_of_one_name_in_a_union_or_interface_have_one_type() {
    let shape = Shape::read();
    let (mut conflicts, mut abstract_types) = (Vec::new(), 0);
    for ty in shape.0.keys() {
        let members = shape.members(ty);
        abstract_types += usize::from(!members.is_empty());
        for (place, one) in members.iter().enumerate() {
            for other in &members[place + 1..] {
                conflicts.extend(members_conflict(&shape, one, other, &mut BTreeSet::new()));
            }
        }
    }
    assert!(abstract_types >= 2);
    assert!(conflicts.is_empty(), "give them one type, or another name: {conflicts:#?}");
}

#[test]
fn a_fragment_with_every_field_of_every_member_is_a_valid_document() {
    let shape = Shape::read();
    let folder = tempfile::tempdir().unwrap();
    for (file, before, ty, after) in [
        ("node", "query Q($id: ID!) { node(id: $id)", "Node", "}"),
        ("block", "query Q($slug: String!) { article(by: { slug: $slug }) { body { blocks", "Block", "} } }"),
    ] {
        let text = format!("{before}{}{after}", shape.inside(ty, 2).unwrap());
        assert!(text.matches("... on").count() >= 7, "{text}");
        std::fs::write(folder.path().join(file).with_extension("graphql"), text).unwrap();
    }
    let mut settings = api::http::graphql::Settings::default();
    settings.limits.tokens = 100_000;
    settings.limits.directives = 1_000;
    let documents = api::app::check_documents(folder.path(), &settings).unwrap();
    assert_eq!((documents.len(), documents.flaws()), (2, &[][..]));
}

/// Whether the id of whatever object it is is selected, also by a fragment.
fn selects_id(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => field.node.name.node == "id",
        Selection::InlineFragment(inline) => selects_id(document, &inline.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            selects_id(document, &document.fragments[&spread.node.fragment_name.node].node.selection_set.node)
        }
    })
}

/// Where a document selects something of an object that has an id, and not the id.
fn without_id(shape: &Shape, document: &ExecutableDocument, on: &str, set: &SelectionSet, path: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut of_fields = Vec::new();
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let (field, path) = (&field.node, format!("{path}.{}", field.node.name.node));
                if let Some(known) = shape.field(on, &field.name.node) {
                    let set = &field.selection_set.node;
                    of_fields.extend(without_id(shape, document, named(&known.ty.node), set, &path));
                }
            }
            Selection::InlineFragment(inline) => {
                let condition =
                    inline.node.type_condition.as_ref().map_or(on, |condition| condition.node.on.node.as_str());
                missing.extend(without_id(shape, document, condition, &inline.node.selection_set.node, path));
            }
            Selection::FragmentSpread(spread) => {
                let fragment = &document.fragments[&spread.node.fragment_name.node].node;
                let on = fragment.type_condition.node.on.node.as_str();
                missing.extend(without_id(shape, document, on, &fragment.selection_set.node, path));
            }
        }
    }
    if !selects_id(document, set) && !set.items.is_empty() && shape.field(on, "id").is_some() {
        missing.push(format!("{path}: {on}"));
    }
    missing.extend(of_fields);
    missing
}

/// Caches of clients know objects by their ids.
#[test]
fn the_examples_ask_for_the_id_of_every_object_that_has_one() {
    let shape = Shape::read();
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = vec![("page".to_owned(), include_str!("../queries/article/page.graphql").to_owned())];
    for entry in std::fs::read_dir(project.join("web/graphiql/examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "graphql") {
            texts.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    for name in ["README.md", "docs/clients.md"] {
        let text = std::fs::read_to_string(project.join(name)).unwrap();
        let blocks = text.split("```graphql\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned());
        texts.extend(blocks.map(|block| (name.to_owned(), block)));
    }
    assert!(texts.len() > 10, "{}", texts.len());
    let mut missing = Vec::new();
    for (name, text) in &texts {
        // A fragment alone is no document.
        let text =
            if text.trim_start().starts_with("fragment") { format!("{{ __typename }} {text}") } else { text.clone() };
        let document = parse_query(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let operations = document.operations.iter().map(|(_, operation)| ("Query", &operation.node.selection_set.node));
        let fragments = document
            .fragments
            .values()
            .map(|fragment| (fragment.node.type_condition.node.on.node.as_str(), &fragment.node.selection_set.node));
        for (on, set) in operations.chain(fragments) {
            missing.extend(without_id(&shape, &document, on, set, name));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// How an object of a type is reached, and where it stands in the answer.
fn reached(ty: &str) -> (&'static str, &'static str, Vec<&'static str>) {
    match ty {
        "Query" => ("{", "}", vec![]),
        "Article" => ("{ article(by: { slug: \"article-1\" }) {", "}}", vec!["article"]),
        "ArticleConnection" => ("{ articles {", "}}", vec!["articles"]),
        "FeedConnection" => ("{ feed {", "}}", vec!["feed"]),
        "Gallery" => ("{ gallery(slug: \"gallery-1\") {", "}}", vec!["gallery"]),
        "Image" => ("{ article(by: { slug: \"article-1\" }) { leadImage {", "}}}", vec!["article", "leadImage"]),
        "Section" => ("{ section(slug: \"section-1\") {", "}}", vec!["section"]),
        "Story" => ("{ story(slug: \"story-1\") {", "}}", vec!["story"]),
        "StorySuggestion" => ("{ storySuggestions {", "}}", vec!["storySuggestions", "0"]),
        "Topic" => ("{ topic(by: { slug: \"topic-1\" }) {", "}}", vec!["topic"]),
        "Contributor" => ("{ contributor(by: { slug: \"contributor-1\" }) {", "}}", vec!["contributor"]),
        "Source" => ("{ source(by: { slug: \"source-1\" }) {", "}}", vec!["source"]),
        "Place" => ("{ place(slug: \"seoul\") {", "}}", vec!["place"]),
        other => panic!("say how an object of the type {other} is reached, for its arguments to be tested"),
    }
}

/// Values of an argument that are refused when the field is answered.
fn wrong_values(name: &str, ty: &str) -> Vec<String> {
    let long = format!("\"{}\"", "x".repeat(1_001));
    match name {
        "first" | "last" => ["0", "-1", "101", "2147483647"].map(ToOwned::to_owned).to_vec(),
        "page" => ["0", "-1", "99"].map(ToOwned::to_owned).to_vec(),
        "after" | "before" | "cursor" => vec!["\"x\"".to_owned(), "\"WyJ4IixbMV1d\"".to_owned()],
        "filter" if ty == "ArticleFilter" => {
            let turned_round =
                |name| format!("{{ {name}: {{ from: \"2026-03-02T00:00:00Z\", to: \"2026-03-01T00:00:00Z\" }} }}");
            let spans = ["published", "updated", "modified"].map(turned_round);
            spans.into_iter().chain(["{ urgencyAtMost: 0 }".to_owned()]).collect()
        }
        "timeZone" => vec!["\"Mars/X\"".to_owned()],
        "excluding" | "ids" => vec![format!("[{}]", "\"x\" ".repeat(101))],
        "widths" => vec!["[]".to_owned(), "[0]".to_owned()],
        "width" => vec!["0".to_owned()],
        "language" => vec!["\"!\"".to_owned()],
        "prefix" => vec![long],
        "query" if ty == "String!" => vec![long],
        "id" => vec!["\"x\"".to_owned()],
        "by" if ty == "SourceBy!" => vec!["{ slug: \"\\u0000\" }".to_owned()],
        "by" => vec!["{ id: \"x\" }".to_owned()],
        // Nothing is wrong with any slug, and values of other types are refused before anything is answered.
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn an_argument_that_is_wrong_fails_its_field_alone() {
    let shape = Shape::read();
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        database.sql("INSERT INTO story_suggestion (id, confidence, computed_at) VALUES (1, 0.9, '2026-03-02T12:00:00.000000+00:00')").await;
        database.sql("INSERT INTO story_suggestion_article (suggestion_id, article_id, position) VALUES (1, 11, 1), (1, 12, 2), (1, 13, 3)").await;
        let mut tried = 0;
        for ty in shape.objects().filter(|ty| *ty != "Mutation") {
            // Feeds are only for those who look after them, whatever the arguments are.
            for field in shape.fields(ty).filter(|field| field.name.node != "feeds") {
                for argument in field.arguments.iter().map(|argument| &argument.node) {
                    for wrong in wrong_values(&argument.name.node, &argument.ty.node.to_string()) {
                        check(&shape, &database, ty, field, &argument.name.node, &wrong).await;
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried > 100, "{tried}");
    }
}

async fn check(shape: &Shape, database: &TestDb, ty: &str, field: &FieldDefinition, argument: &str, wrong: &str) {
    let needed = field.arguments.iter().map(|argument| &argument.node).filter(|other| other.name.node != argument);
    let needed = needed.filter(|other| !other.ty.node.nullable && other.default_value.is_none());
    let needed: String = needed
        .map(|other| {
            let value = shape.literal(&other.ty.node).unwrap_or_else(|| "\"article\"".to_owned());
            format!("{}: {value} ", other.name.node)
        })
        .collect();
    let (before, after, path) = reached(ty);
    let inside = if shape.is_leaf(named(&field.ty.node)) { "" } else { "{ __typename }" };
    // Beside it stand what is in the same object, and another box of the page.
    let document =
        format!("{before} beside: __typename failed: {}({needed}{argument}: {wrong}){inside} {after}", field.name.node);
    let document = format!("query {} ", document.replacen('{', "{ sections { slug }", 1));
    let answer = database.answer(&document, json!({})).await;
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    assert!(!errors.is_empty(), "{document}\nis not refused: {answer}");
    for error in &errors {
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{document}\n{answer}");
        assert_eq!(error["extensions"]["argument"], argument, "{document}\n{answer}");
    }
    assert_eq!(answer["data"]["sections"].as_array().map(Vec::len), Some(3), "{document}\n{answer}");
    let around = answer["data"].pointer(&path.iter().map(|step| format!("/{step}")).collect::<String>());
    if WITH_WHAT_THEY_ARE_A_PART_OF.contains(&format!("{ty}.{}", field.name.node).as_str()) {
        assert_eq!(around, Some(&Value::Null), "{document}\n{answer}");
        return;
    }
    let around = around.unwrap_or_else(|| panic!("{document}\n{answer}"));
    assert_eq!(around["beside"], ty, "{document}\n{answer}");
    assert_eq!(around["failed"], Value::Null, "{document}\n{answer}");
}

#[tokio::test]
async fn of_nodes_an_id_that_is_none_fails_its_place_alone() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 1).await;
        let answer = database.answer("{ article(by: { slug: \"article-1\" }) { id } }", json!({})).await;
        let id = answer["data"]["article"]["id"].clone();
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let answer = database.answer(query, json!({ "ids": [id, "x", "QXJ0aWNsZTo5OTk"] })).await;
        assert_eq!(answer["data"]["nodes"], json!([{ "id": id }, null, null]), "{answer}");
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
        assert_eq!(answer["errors"][0]["path"], json!(["nodes", 1]), "{answer}");
    }
}

#[tokio::test]
async fn a_value_of_an_argument_that_cannot_be_read_fails_its_box_alone() {
    let query = "query ($from: DateTime) { sections { slug } articles(filter: { published: { from: $from } }) { nodes { slug } }
        topic(by: { slug: \"topic-1\" }) { articles(filter: { published: { from: $from } }) { nodes { slug } } } }";
    for kind in Kind::BOTH {
        let database = newsroom(kind, 1).await;
        let answer = database.answer(query, json!({ "from": "yesterday" })).await;
        let expected = json!({ "sections": [{ "slug": "section-1" }], "articles": null, "topic": null });
        assert_eq!(answer["data"], expected, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    }
}

/// Every box of a page at once, each with what is in it.
fn all_boxes(shape: &Shape, id: &str) -> String {
    let fields = shape.fields("Query").map(|field| {
        let name = field.name.node.as_str();
        let depth = if name == "article" { 3 } else { 2 };
        let arguments = match name {
            "node" => format!("(id: \"{id}\")"),
            "nodes" => format!("(ids: [\"{id}\"])"),
            "search" => "(query: \"headline\")".to_owned(),
            "suggest" => "(prefix: \"head\")".to_owned(),
            "mostRead" => "(window: NOW)".to_owned(),
            "removedArticles" => "(since: \"2026-03-02T11:00:00Z\")".to_owned(),
            "externalHeadlines" => "(placement: IN_OTHER_MEDIA)".to_owned(),
            // Only for those who look after them.
            "feeds" => return String::new(),
            _ => {
                let needed = field.arguments.iter().find(|argument| !argument.node.ty.node.nullable);
                let number = if name == "place" { "seoul".to_owned() } else { format!("{name}-1") };
                match needed.map(|argument| argument.node.name.node.as_str()) {
                    Some("by") => format!("(by: {{ slug: \"{number}\" }})"),
                    Some("slug") => format!("(slug: \"{number}\")"),
                    _ => String::new(),
                }
            }
        };
        format!("{name}{arguments}{} ", shape.inside(named(&field.ty.node), depth).unwrap_or_default())
    });
    format!("{{ {}}}", fields.collect::<String>())
}

/// Whatever the database cannot do, it is null what asked for it, and all other boxes are as they were.
#[tokio::test]
async fn a_table_that_cannot_be_read_takes_the_boxes_that_need_it_and_no_others() {
    let shape = Shape::read();
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        let id = database.answer("{ article(by: { slug: \"article-1\" }) { id } }", json!({})).await;
        let document = all_boxes(&shape, id["data"]["article"]["id"].as_str().unwrap());
        let whole = database.answer(&document, json!({})).await;
        assert_eq!(whole.get("errors"), None, "{document}\n{whole}");
        let boxes = whole["data"].as_object().unwrap();
        let (mut broken, mut untouched) = (BTreeSet::new(), 0);
        for table in tables(&database).await {
            database.sql(&renamed(kind, &table, "gone")).await;
            let answer = database.answer(&document, json!({})).await;
            database.sql(&renamed(kind, "gone", &table)).await;
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            let failed: BTreeSet<&str> = errors.iter().filter_map(|error| error["path"][0].as_str()).collect();
            let data = answer["data"].as_object().unwrap_or_else(|| panic!("{table} took the whole page: {answer}"));
            for (name, before) in boxes {
                if failed.contains(name.as_str()) {
                    broken.insert(name.clone());
                } else {
                    assert_eq!(&data[name], before, "{kind:?}: {table} changed {name}");
                    untouched += 1;
                }
            }
            for error in &errors {
                assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{kind:?} {table}: {answer}");
                // What has failed, or what stands around it, is null.
                let mut at = &answer["data"];
                for step in error["path"].as_array().unwrap() {
                    at = step.as_u64().map_or_else(|| &at[step.as_str().unwrap()], |index| &at[index as usize]);
                }
                assert!(at.is_null(), "{table}: {error}");
            }
        }
        let never: Vec<_> = boxes.keys().filter(|name| !broken.contains(*name) && *name != "__typename").collect();
        assert!(never.is_empty(), "{kind:?}: no table takes {never:?}");
        assert!(untouched > 300, "{untouched}");
    }
}

async fn tables(database: &TestDb) -> Vec<String> {
    let sql = match database.db.get_database_backend() {
        DbBackend::Sqlite => {
            // Tables inside of virtual ones come with these.
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        }
        _ => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    };
    let statement = Statement::from_string(database.db.get_database_backend(), sql);
    let rows = database.db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

fn renamed(kind: Kind, from: &str, to: &str) -> String {
    match kind {
        Kind::Postgres => format!("ALTER TABLE {from} RENAME TO {to}"),
        // A connection that has not read since another one renamed knows the old names. Triggers go on naming what they name.
        Kind::Sqlite => format!(
            "SELECT count(*) FROM sqlite_schema; PRAGMA legacy_alter_table = ON; ALTER TABLE {from} RENAME TO {to}"
        ),
    }
}

#[tokio::test]
async fn documents_check_names_what_does_not_fit_and_needs_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let check = async |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_newsgraph"));
        command.current_dir(folder.path()).env_clear().envs(environment.iter().copied());
        let run = command.args(["documents", "check"]).args(arguments).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    };
    let manifest = folder.path().join("manifest.json");
    std::fs::write(&manifest, r#"{ "a": "{ sections { id slug } }", "old": "{ sections { slug colour } }" }"#).unwrap();
    let path = manifest.to_str().unwrap();
    let named = format!("{path}: `old`:1:19: Unknown field \"colour\" on type \"Section\"");
    for (environment, arguments) in [(&[][..], &[path][..]), (&[("NEWSGRAPH_DOCUMENTS", path)], &[])] {
        let (code, found, said) = check(environment, arguments).await;
        assert_eq!(code, Some(1), "{found}{said}");
        assert!(found.starts_with(&named) && found.lines().count() == 1, "{found}");
        assert!(said.contains("1 of 2 registered documents cannot be answered"), "{said}");
    }
    std::fs::write(&manifest, r#"{ "a": "{ sections { id slug } }" }"#).unwrap();
    assert_eq!(check(&[], &[path]).await, (Some(0), "1 document fits\n".to_owned(), String::new()));
    let (code, _, said) = check(&[], &["absent"]).await;
    assert!(code == Some(1) && said.contains("absent: it cannot be read"), "{said}");
    let (code, _, said) = check(&[], &[]).await;
    assert!(code == Some(1) && said.contains("newsgraph documents check PATH"), "{said}");
    assert!(!folder.path().join("newsgraph.db").exists(), "it needs no database");
}
