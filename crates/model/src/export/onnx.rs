//! A revealed model as ONNX (<https://onnx.ai/onnx/intro/>), for any runtime that reads it: what it foretells, of numbers of its inputs.
//!
//! Only the messages and fields that such models have; their numbers are those of `onnx.proto`.

use jointly_core::{Error, Result};
use prost::Message;

use super::{Coefficient, Grown, Model, Test};

/// Versions of the format, of its operators, and of those for trees.
const FORMAT: i64 = 8;
const OPERATORS: i64 = 13;
const TREES: i64 = 3;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
    #[prost(string, tag = "7")]
    domain: String,
}

/// `r#type` says which of the others it has: 2 `i`, 3 `s`, 6 `floats`, 7 `ints`, 8 `strings`.
#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "3")]
    i: i64,
    #[prost(bytes = "vec", tag = "4")]
    s: Vec<u8>,
    #[prost(float, repeated, tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    strings: Vec<Vec<u8>>,
    #[prost(int32, tag = "20")]
    r#type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(float, repeated, tag = "4")]
    float_data: Vec<f32>,
    #[prost(string, tag = "8")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

/// A number, or a name for one that is not known.
#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, optional, tag = "1")]
    dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    dim_param: Option<String>,
}

impl Model {
    /// The model as an ONNX file, with one input of rows, of a number for each of [`inputs`](Model::inputs), whose names stand in the file's metadata as JSON; and one output, a probability or, of a linear or Poisson
    /// regression, a number for each row.
    ///
    /// # Errors
    /// `Refused` for a scorecard, which has a document of its own.
    pub fn onnx(&self, name: &str) -> Result<Vec<u8>> {
        let inputs = self.inputs();
        let (node, initializer) = match self {
            Model::Logistic(lines) => linear(lines, Some("Sigmoid")),
            Model::Linear(lines) => linear(lines, None),
            Model::Poisson(lines) => linear(lines, Some("Exp")),
            Model::Trees(trees) => (vec![ensemble(trees, &inputs), last("Sigmoid")], Vec::new()),
            Model::Scorecard(_) => {
                return Err(Error::Refused(
                    "a scorecard is exported as JSON, with its bins and points: ONNX is for regressions and trees"
                        .into(),
                ));
            }
        };
        let said = if matches!(self, Model::Linear(_) | Model::Poisson(_)) { "number" } else { "probability" };
        let graph = GraphProto {
            node,
            name: name.to_owned(),
            initializer,
            input: vec![values("rows", inputs.len())],
            output: vec![values("said", 1)],
        };
        let set = |domain: &str, version| OperatorSet { domain: domain.to_owned(), version };
        let entry = |key: &str, value: String| Entry { key: key.to_owned(), value };
        let names = serde_json::to_string(&inputs).map_err(|_| Error::Misuse("names that can be written"))?;
        let model = ModelProto {
            ir_version: FORMAT,
            producer_name: "jointly".to_owned(),
            graph: Some(graph),
            opset_import: vec![set("", OPERATORS), set("ai.onnx.ml", TREES)],
            metadata_props: vec![entry("inputs", names), entry("said", said.to_owned())],
        };
        Ok(model.encode_to_vec())
    }

    /// What its inputs are: a column of numbers (for trees, NaN where it is missing), or `column=word`, which is 1 where it is that word, else 0. A column of truth values is a number in regressions, 0 or 1, and `column=false` in trees.
    pub fn inputs(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: String| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        match self {
            Model::Logistic(lines) | Model::Linear(lines) | Model::Poisson(lines) => {
                lines.iter().filter_map(|line| line.column.clone()).for_each(add);
            }
            Model::Trees(trees) => {
                let nodes = trees.iter().flat_map(|tree| &tree.levels).flatten();
                nodes.filter_map(|node| node.0.as_ref()).for_each(|test| add(input(test)));
                // A graph has an input, also of trees that ask nothing.
                if names.is_empty() {
                    names.push("none".to_owned());
                }
            }
            Model::Scorecard(card) => card.columns.iter().for_each(|c| add(c.column.clone())),
        }
        names
    }
}

/// What a test asks.
fn input(test: &Test) -> String {
    match test {
        Test::AtMost(column, _) => column.clone(),
        Test::Is(column, word) => format!("{column}={word}"),
    }
}

/// A node of no attributes.
fn node(kind: &str, input: &[&str], output: &str) -> NodeProto {
    let input = input.iter().map(|name| (*name).to_owned()).collect();
    NodeProto { input, output: vec![output.to_owned()], op_type: kind.to_owned(), ..NodeProto::default() }
}

fn last(kind: &str) -> NodeProto {
    node(kind, &["score"], "said")
}

fn values(name: &str, width: usize) -> ValueInfo {
    let known = |n: i64| Dimension { dim_value: Some(n), dim_param: None };
    let rows = Dimension { dim_value: None, dim_param: Some("rows".to_owned()) };
    let shape = Some(Shape { dim: vec![rows, known(width as i64)] });
    let tensor_type = Some(TensorType { elem_type: FLOAT, shape });
    ValueInfo { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

/// Σ coefficient · value + constant, and what is made of that.
fn linear(lines: &[Coefficient], link: Option<&str>) -> (Vec<NodeProto>, Vec<TensorProto>) {
    let slopes: Vec<f32> = lines.iter().filter(|l| l.column.is_some()).map(|l| l.coefficient as f32).collect();
    let constant = lines.iter().filter(|l| l.column.is_none()).map(|l| l.coefficient as f32).sum();
    let tensor = |name: &str, dims: Vec<i64>, float_data| TensorProto {
        dims,
        data_type: FLOAT,
        float_data,
        name: name.to_owned(),
    };
    let numbers =
        vec![tensor("coefficients", vec![slopes.len() as i64, 1], slopes), tensor("constant", vec![1], vec![constant])];
    let gemm = |to: &str| node("Gemm", &["rows", "coefficients", "constant"], to);
    match link {
        Some(link) => (vec![gemm("score"), last(link)], numbers),
        None => (vec![gemm("said")], numbers),
    }
}

/// All nodes and leaves, as lists that go together.
#[derive(Default)]
struct Ensemble {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    values: Vec<f32>,
    modes: Vec<Vec<u8>>,
    yes: Vec<i64>,
    no: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_nodes: Vec<i64>,
    leaves: Vec<f32>,
}

/// The sum of all trees' leaves.
fn ensemble(trees: &[Grown], inputs: &[String]) -> NodeProto {
    let mut all = Ensemble::default();
    for (tree, grown) in trees.iter().enumerate() {
        let mut next = 0;
        all.add((tree as i64, grown), (0, 0), &mut next, inputs);
    }
    let ints = |name: &str, ints| Attribute { name: name.to_owned(), ints, r#type: 7, ..Attribute::default() };
    let floats = |name: &str, floats| Attribute { name: name.to_owned(), floats, r#type: 6, ..Attribute::default() };
    let text =
        |name: &str, s: &str| Attribute { name: name.to_owned(), s: s.into(), r#type: 3, ..Attribute::default() };
    let (nodes, leaves) = (all.nodes.len(), all.leaves.len());
    let attribute = vec![
        Attribute { name: "n_targets".to_owned(), i: 1, r#type: 2, ..Attribute::default() },
        text("aggregate_function", "SUM"),
        text("post_transform", "NONE"),
        ints("nodes_treeids", all.trees),
        ints("nodes_nodeids", all.nodes),
        ints("nodes_featureids", all.features),
        floats("nodes_values", all.values),
        Attribute { name: "nodes_modes".to_owned(), strings: all.modes, r#type: 8, ..Attribute::default() },
        ints("nodes_truenodeids", all.yes),
        ints("nodes_falsenodeids", all.no),
        // What is missing is not at most anything.
        ints("nodes_missing_value_tracks_true", vec![0; nodes]),
        ints("target_treeids", all.leaf_trees),
        ints("target_nodeids", all.leaf_nodes),
        ints("target_ids", vec![0; leaves]),
        floats("target_weights", all.leaves),
    ];
    let domain = "ai.onnx.ml".to_owned();
    NodeProto { attribute, domain, ..node("TreeEnsembleRegressor", &["rows"], "score") }
}

impl Ensemble {
    /// Adds the node at this place and all below it; gives its number. What splits nothing is left out: all go to the right.
    fn add(
        &mut self,
        (tree, grown): (i64, &Grown),
        (level, at): (usize, usize),
        next: &mut i64,
        inputs: &[String],
    ) -> i64 {
        let found = grown.levels.get(level).and_then(|nodes| nodes.get(at));
        if found.is_some_and(|node| node.0.is_none()) {
            return self.add((tree, grown), (level + 1, 2 * at + 1), next, inputs);
        }
        let (number, place) = (*next, self.nodes.len());
        *next += 1;
        self.trees.push(tree);
        self.nodes.push(number);
        let mut say = |feature, value, mode: &str| {
            self.features.push(feature);
            self.values.push(value);
            self.modes.push(mode.into());
        };
        let test = found.and_then(|node| node.0.as_ref());
        let at_input = |test| inputs.iter().position(|name| *name == input(test)).unwrap_or(0) as i64;
        match test {
            None => say(0, 0.0, "LEAF"),
            Some(test @ Test::AtMost(_, limit)) => say(at_input(test), *limit as f32, "BRANCH_LEQ"),
            Some(test @ Test::Is(..)) => say(at_input(test), 0.5, "BRANCH_GT"),
        }
        self.yes.push(0);
        self.no.push(0);
        if test.is_none() {
            self.leaf_trees.push(tree);
            self.leaf_nodes.push(number);
            self.leaves.push(grown.leaves.get(at).copied().unwrap_or(0.0) as f32);
        } else {
            self.yes[place] = self.add((tree, grown), (level + 1, 2 * at), next, inputs);
            self.no[place] = self.add((tree, grown), (level + 1, 2 * at + 1), next, inputs);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Node;

    fn tree() -> Model {
        let is = |column: &str, word: &str| Node(Some(Test::Is(column.into(), word.into())));
        let levels = vec![vec![Node(Some(Test::AtMost("age".into(), 30.0)))], vec![is("job", "fixed"), Node(None)]];
        Model::Trees(vec![Grown { levels, leaves: vec![0.5, -0.25, 7.0, 1.5] }])
    }

    #[test]
    fn a_tree_asks_its_inputs_in_turn() {
        assert_eq!(tree().inputs(), ["age", "job=fixed"]);
        let model = ModelProto::decode(&tree().onnx("default").unwrap()[..]).unwrap();
        let graph = model.graph.unwrap();
        assert_eq!(model.metadata_props[0].value, r#"["age","job=fixed"]"#);
        let find = |name: &str| graph.node[0].attribute.iter().find(|a| a.name == name).unwrap();
        let modes: Vec<&[u8]> = find("nodes_modes").strings.iter().map(|m| &m[..]).collect();
        assert_eq!(modes, [&b"BRANCH_LEQ"[..], b"BRANCH_GT", b"LEAF", b"LEAF", b"LEAF"]);
        assert_eq!(find("nodes_truenodeids").ints, [1, 2, 0, 0, 0]);
        assert_eq!(find("nodes_falsenodeids").ints, [4, 3, 0, 0, 0]);
        assert_eq!(
            (&find("target_weights").floats[..], &find("target_nodeids").ints[..]),
            (&[0.5, -0.25, 1.5][..], &[2, 3, 4][..])
        );
    }

    #[test]
    fn a_regression_multiplies_and_adds() {
        let line = |column: Option<&str>, coefficient| Coefficient {
            column: column.map(str::to_owned),
            coefficient,
            error: None,
            statistic: None,
            p: None,
        };
        let lines = vec![line(None, 0.5), line(Some("age"), 2.0), line(Some("job=fixed"), -1.0)];
        let model = ModelProto::decode(&Model::Logistic(lines).onnx("default").unwrap()[..]).unwrap();
        let graph = model.graph.unwrap();
        let kinds: Vec<&str> = graph.node.iter().map(|n| n.op_type.as_str()).collect();
        assert_eq!(kinds, ["Gemm", "Sigmoid"]);
        assert_eq!(
            (&graph.initializer[0].float_data[..], &graph.initializer[0].dims[..]),
            (&[2.0, -1.0][..], &[2, 1][..])
        );
        assert_eq!(graph.initializer[1].float_data, [0.5]);
    }
}
