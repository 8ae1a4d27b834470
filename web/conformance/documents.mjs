// Makes documents, valid and invalid ones, and says of each what graphql-js finds wrong with it:
//   documents.mjs SCHEMA SEED COUNT
// prints a line of JSON for each: {"text": …, "syntax": true} or {"text": …, "errors": [[message, [[line, column], …]], …]}.
// The same seed gives the same documents.
import { readFileSync } from 'node:fs'
import {
  GraphQLError,
  Kind,
  buildSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  parse,
  parseType,
  print,
  specifiedRules,
  validate,
  visit,
} from 'graphql-17'

const [path, seed, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const schema = buildSchema(readFileSync(path, 'utf8'))
// A limit of graphql-js, of which the specification knows nothing.
const rules = specifiedRules.filter((rule) => rule.name !== 'MaxIntrospectionDepthRule')

let state = seed >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}
const below = (limit) => Math.floor(random() * limit)
const chance = (share) => random() < share
const pick = (list) => list[below(list.length)]

const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'))
const composites = types.filter(isCompositeType)
const inputs = types.filter(isInputType)
const objects = new Map(composites.map((type) => [type, new Set(isAbstractType(type) ? schema.getPossibleTypes(type) : [type])]))
const neighbours = new Map(composites.map((type) => [type, composites.filter((other) => [...objects.get(other)].some((object) => objects.get(type).has(object)))]))
const overlapping = (type) => neighbours.get(type) ?? [type]
const fieldNames = [...new Set(composites.flatMap((type) => Object.keys(type.getFields?.() ?? {})))]
const argumentNames = [...new Set(composites.flatMap((type) => Object.values(type.getFields?.() ?? {}).flatMap((field) => field.args.map((argument) => argument.name))))]

// --- valid documents

class Maker {
  constructor() {
    this.variables = new Map()
    this.fragments = []
    this.left = 12
    this.aliases = 0
  }

  document() {
    const kinds = ['query', 'query', 'query', 'query', 'mutation']
    if (schema.getSubscriptionType()) kinds.push('subscription')
    const operations = []
    for (let number = chance(0.15) ? 2 : 1; number > 0; number -= 1) operations.push(pick(kinds))
    const texts = operations.map((kind, index) => {
      this.variables = new Map()
      this.local = []
      const root = schema.getRootType(kind)
      const selections = kind === 'subscription' ? `{ ${this.field(root, pick(Object.values(root.getFields())), 3)} }` : this.selections(root, 4)
      const variables = [...this.variables].map(([name, text]) => `${this.description()}$${name}: ${text}${this.directives('VARIABLE_DEFINITION', true)}`)
      const named = operations.length > 1 || chance(0.6) || variables.length > 0
      const plain = kind === 'query' && !named && chance(0.7)
      if (plain) return selections
      const name = operations.length > 1 || chance(0.7) ? ` Operation${index}` : ''
      return `${this.description()}${kind}${name}${variables.length ? `(${variables.join(chance(0.5) ? ', ' : ' ')})` : ''}${this.directives(kind.toUpperCase(), true)} ${selections}`
    })
    // In any order.
    const all = [...texts, ...this.fragments.map((fragment) => fragment.text)]
    return (chance(0.5) ? all : all.reverse()).join('\n')
  }

  description() {
    return chance(0.08) ? pick(['"What it is for" ', '"""\n  Long, with "quotes"\n  """\n', '"" ']) : ''
  }

  selections(type, depth) {
    const items = []
    for (let number = 1 + below(4); number > 0; number -= 1) items.push(this.selection(type, depth))
    return `{ ${items.join(chance(0.8) ? ' ' : '\n  ')} }`
  }

  selection(type, depth) {
    this.left -= 1
    const fields = Object.values(type.getFields?.() ?? {})
    const place = random()
    if (depth > 0 && this.left > 0) {
      if (place < 0.1 || (fields.length === 0 && place < 0.7)) {
        const other = pick(overlapping(type))
        return `... on ${other.name}${this.directives('INLINE_FRAGMENT')} ${this.selections(other, depth - 1)}`
      }
      if (place < 0.14) return `...${this.directives('INLINE_FRAGMENT')} ${this.selections(type, depth - 1)}`
      if (place < 0.24) return this.spread(type, depth)
    }
    if (place < 0.3 || fields.length === 0) return chance(0.7) ? '__typename' : `kind${(this.aliases += 1)}: __typename`
    if (type === schema.getQueryType() && place < 0.33) return pick(['__schema { types { name kind ofType { name } } }', '__type(name: "Query") { name fields(includeDeprecated: true) { name args { name type { name } } } }'])
    return this.field(type, pick(fields), depth)
  }

  spread(type, depth) {
    const usable = this.fragments.filter((fragment) => fragment.done && overlapping(type).includes(fragment.type))
    if (usable.length > 0 && chance(0.5)) {
      const fragment = pick(usable)
      // It may use variables of another operation; validators say so.
      for (const [name, text] of fragment.variables) if (!this.variables.has(name)) this.variables.set(name, text)
      return `...${fragment.name}${this.directives('FRAGMENT_SPREAD')}`
    }
    const other = pick(overlapping(type))
    const fragment = { name: `Fragment${this.fragments.length}`, type: other, done: false, text: '', variables: [] }
    this.fragments.push(fragment)
    const before = new Set(this.variables.keys())
    fragment.text = `${this.description()}fragment ${fragment.name} on ${other.name}${this.directives('FRAGMENT_DEFINITION')} ${this.selections(other, depth - 1)}`
    fragment.variables = [...this.variables].filter(([name]) => fragment.text.includes(`$${name}`) || !before.has(name))
    fragment.done = true
    return `...${fragment.name}${this.directives('FRAGMENT_SPREAD')}`
  }

  field(type, field, depth) {
    const inner = getNamedType(field.type)
    if (isCompositeType(inner) && (depth <= 0 || this.left <= 0)) return '__typename'
    const given = this.arguments(field.args)
    const alias = given !== '' && chance(0.9) ? `${pick(['a', 'b'])}${(this.aliases += 1)}: ` : chance(0.05) ? `${pick(['a', 'b', 'c'])}: ` : ''
    const inside = isCompositeType(inner) ? ` ${this.selections(inner, depth - 1)}` : ''
    return `${alias}${field.name}${given}${this.directives('FIELD')}${inside}`
  }

  arguments(definitions, constant) {
    const given = definitions.filter((argument) => (isNonNullType(argument.type) && argument.defaultValue === undefined && argument.default === undefined) || chance(0.25))
    if (given.length === 0) return ''
    return `(${given.map((argument) => `${argument.name}: ${this.value(argument.type, constant, hasDefault(argument))}`).join(', ')})`
  }

  directives(location, constant) {
    let text = ''
    if (!chance(0.06)) return text
    for (const directive of schema.getDirectives()) {
      if (directive.locations.includes(location) && chance(0.5)) text += ` @${directive.name}${this.arguments(directive.args, constant)}`
    }
    return text
  }

  value(type, constant, hasDefault, depth = 3) {
    if (!constant && chance(0.2)) return this.variable(type, hasDefault)
    if (isNonNullType(type)) return this.value(type.ofType, constant, false, depth).replace(/^null$/, '') || this.plain(type.ofType, constant, depth)
    return chance(0.05) ? 'null' : this.plain(type, constant, depth)
  }

  plain(type, constant, depth) {
    if (isListType(type)) {
      if (chance(0.2)) {
        const single = this.value(type.ofType, true, false, depth)
        return single === 'null' ? '[]' : single
      }
      return `[${Array.from({ length: below(3) }, () => this.value(type.ofType, constant, false, depth)).join(pick([', ', ' ']))}]`
    }
    if (isNonNullType(type)) return this.plain(type.ofType, constant, depth)
    if (isEnumType(type)) return pick(type.getValues()).name
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields())
      if (type.isOneOf) {
        const field = pick(fields)
        return `{ ${field.name}: ${chance(0.2) && !constant ? this.variable(field.type, false, true) : this.plain(getNullableType(field.type), constant, depth - 1)} }`
      }
      const given = fields.filter((field) => (isNonNullType(field.type) && !hasDefault(field)) || (depth > 0 && chance(0.3)))
      return `{ ${given.map((field) => `${field.name}: ${this.value(field.type, constant, hasDefault(field), depth - 1)}`).join(', ')} }`
    }
    switch (type.name) {
      case 'Int':
        return pick(['0', '-0', '1', '12', '-3', '2147483647', '-2147483648'])
      case 'Float':
        return pick(['0', '1.5', '-2e3', '1E-2', '7', '0.0'])
      case 'Boolean':
        return pick(['true', 'false'])
      case 'ID':
        return pick(['"abc"', '1', '-7', '123456789012345678901234567890', '""'])
      case 'String':
        return pick(['"war"', '"é\\n"', '"\\u00e9\\u{1F5DE}"', '"\\uD83D\\uDDDE"', '"""block\n  text"""', '""', '"{ # }"'])
      default:
        return pick(['"2026-01-01T00:00:00Z"', '1', '{ a: [1, B] }', 'true', '[]', '1.5', 'WORD'])
    }
  }

  variable(type, hasDefault, strict) {
    let text = String(type)
    if (!isNonNullType(type) && (strict || chance(0.3))) text = `${type}!`
    else if (isNonNullType(type) && (hasDefault ? chance(0.4) : chance(0.1))) {
      text = String(type.ofType)
      if (!hasDefault || chance(0.3)) text += ` = ${this.plain(type.ofType, true, 2)}`
    }
    if (!text.includes('=') && !text.endsWith('!') && chance(0.3)) text += ` = ${this.value(getNullableType(type), true, false, 2)}`
    const known = [...this.variables].filter(([, other]) => other === text)
    if (known.length > 0 && chance(0.6)) return `$${pick(known)[0]}`
    const name = `v${this.variables.size}x${this.fragments.length}`
    this.variables.set(name, text)
    return `$${name}`
  }
}

function hasDefault(input) {
  return input.defaultValue !== undefined || input.default !== undefined
}

// --- what can be wrong with them

const name = (value) => ({ kind: Kind.NAME, value })
const literal = (text) => {
  const [definition] = parse(`{ a(b: ${text}) }`).definitions
  return definition.selectionSet.selections[0].arguments[0].value
}
const copy = (node) => JSON.parse(JSON.stringify(node))
const near = (text) => {
  const at = below(text.length)
  return pick([text + 's', text.slice(0, at) + text.slice(at + 1) || 'x', text.slice(0, at) + 'q' + text.slice(at)])
}
const anyType = () => pick([...inputs.map(String), ...inputs.map(String), pick(composites).name, 'Unknown', `__${pick(['Type', 'TypeKind'])}`])
const anyLiteral = () =>
  pick(['null', '1', '-0', '2147483648', '1.5', '"text"', '"""block"""', 'true', 'RED', 'WORD', '[]', '[null]', '[[1]]', '{}', '{ x: 1 }', '{ id: 1, name: "a" }', '{ id: null }', '$unknown', '99999999999999999999'])

/** Every node of a document of these kinds. */
function nodes(document, ...kinds) {
  const found = []
  visit(document, {
    enter(node, key, parent) {
      if (kinds.includes(node.kind)) found.push({ node, parent, key })
    },
  })
  return found
}

function operations(document) {
  return document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
}

const directive = (text) => parse(`{ a ${text} }`).definitions[0].selectionSet.selections[0].directives
const change = (node, key, value) => {
  node[key] = value
}

const mutations = [
  // fields
  (document) => one(document, [Kind.FIELD], ({ node }) => change(node, 'name', name(pick([near(node.name.value), pick(fieldNames), 'zzz', '__typename', '__schema'])))),
  (document) => one(document, [Kind.FIELD], ({ node }) => change(node, 'selectionSet', undefined)),
  (document) => one(document, [Kind.FIELD], ({ node }) => change(node, 'selectionSet', { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: name(pick(['__typename', 'id', 'name'])) }] })),
  // merging
  (document) => one(document, [Kind.SELECTION_SET], ({ node }) => {
    const fields = node.selections.filter((selection) => selection.kind === Kind.FIELD)
    if (fields.length === 0) return false
    const again = copy(pick(fields))
    if (chance(0.5) && again.arguments?.length) again.arguments = chance(0.5) ? [] : again.arguments.map((argument) => ({ ...argument, value: literal(pick(['1', '"b"', 'true', '{}'])) }))
    if (chance(0.4) && again.selectionSet) pick(again.selectionSet.selections).alias = name(pick(['a', 'id', 'name']))
    if (chance(0.3)) again.name = name(pick(fieldNames))
    const wrapped = chance(0.3) ? { kind: Kind.INLINE_FRAGMENT, typeCondition: chance(0.5) ? { kind: Kind.NAMED_TYPE, name: name(pick(composites).name) } : undefined, selectionSet: { kind: Kind.SELECTION_SET, selections: [again] } } : again
    node.selections.splice(below(node.selections.length + 1), 0, wrapped)
  }),
  (document) => one(document, [Kind.FIELD], ({ node }) => change(node, 'alias', name(pick(['a', 'b', 'id', 'name', 'slug', 'best'])))),
  (document) => {
    const aliased = nodes(document, Kind.FIELD)
    if (aliased.length < 2) return false
    const key = (field) => (field.alias ?? field.name).value
    pick(aliased).node.alias = name(key(pick(aliased).node))
  },
  (document) => one(document, [Kind.SELECTION_SET], ({ node }) => {
    const other = pick(nodes(document, Kind.SELECTION_SET)).node
    node.selections.push(copy(pick(other.selections)))
  }),
  // arguments
  (document) => one(document, [Kind.ARGUMENT], ({ node }) => change(node, 'name', name(pick([near(node.name.value), pick(argumentNames), 'zzz'])))),
  (document) => one(document, [Kind.FIELD, Kind.DIRECTIVE], ({ node }) => change(node, 'arguments', (node.arguments ?? []).slice(1))),
  (document) => one(document, [Kind.FIELD, Kind.DIRECTIVE], ({ node }) => {
    if (!node.arguments?.length) return false
    node.arguments.push(copy(pick(node.arguments)))
  }),
  (document) => one(document, [Kind.FIELD, Kind.DIRECTIVE], ({ node }) => change(node, 'arguments', [...(node.arguments ?? []), { kind: Kind.ARGUMENT, name: name(pick(argumentNames)), value: literal(anyLiteral()) }])),
  // values
  (document) => one(document, [Kind.ARGUMENT, Kind.OBJECT_FIELD], ({ node }) => change(node, 'value', literal(anyLiteral()))),
  (document) => one(document, [Kind.ARGUMENT, Kind.OBJECT_FIELD], ({ node }) => change(node, 'value', literal(anyLiteral()))),
  (document) => one(document, [Kind.ARGUMENT, Kind.OBJECT_FIELD, Kind.VARIABLE_DEFINITION], ({ node }) => {
    const key = node.kind === Kind.VARIABLE_DEFINITION ? 'defaultValue' : 'value'
    if (!node[key]) return false
    node[key] = pick([{ kind: Kind.LIST, values: [node[key]] }, { kind: Kind.LIST, values: [copy(node[key]), { kind: Kind.NULL }] }, { kind: Kind.OBJECT, fields: [{ kind: Kind.OBJECT_FIELD, name: name('id'), value: node[key] }] }])
  }),
  (document) => one(document, [Kind.OBJECT], ({ node }) => {
    if (node.fields.length === 0) return false
    const field = copy(pick(node.fields))
    const how = below(4)
    if (how === 0) node.fields = [...node.fields, field]
    else if (how === 1) node.fields = node.fields.slice(1)
    else if (how === 2) pick(node.fields).name = name(pick([near(field.name.value), 'zzz', 'id', 'name', 'slug']))
    else node.fields = [...node.fields, { ...field, name: name(pick(['id', 'name', 'slug', 'x', 'zzz'])) }]
  }),
  // variables
  (document) => one(document, [Kind.VARIABLE_DEFINITION], ({ node }) => change(node, 'type', parseType(pick([anyType(), `${anyType()}!`, `[${anyType()}]`, `[${anyType()}!]!`])))),
  (document) => one(document, [Kind.VARIABLE_DEFINITION], ({ node }) => {
    const text = print(node.type)
    node.type = parseType(pick([text.replace(/!$/, ''), text.replaceAll('!', ''), `${text.replace(/!$/, '')}!`, `[${text}]`, text.replace(/^\[(.*)\]!?$/, '$1')]))
  }),
  (document) => one(document, [Kind.VARIABLE_DEFINITION], ({ node }) => change(node, 'defaultValue', pick([undefined, literal('null'), literal(anyLiteral().replace('$unknown', '[]'))]))),
  (document) => one(document, [Kind.OPERATION_DEFINITION], ({ node }) => {
    const definitions = node.variableDefinitions ?? []
    const unused = { kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: name('unused') }, type: parseType(anyType()) }
    node.variableDefinitions = pick([definitions.slice(1), [...definitions, ...definitions.slice(0, 1).map(copy)], [...definitions, unused]])
  }),
  (document) => one(document, [Kind.VARIABLE], ({ node, parent }) => {
    if (parent?.kind === Kind.VARIABLE_DEFINITION && chance(0.5)) return false
    node.name = name(pick(['unknown', 'v0x0', 'v1x0', near(node.name.value)]))
  }),
  // fragments
  (document) => one(document, [Kind.FRAGMENT_SPREAD], ({ node }) => change(node, 'name', name(pick(['Fragment0', 'Fragment1', 'Fragment2', 'Missing'])))),
  (document) => one(document, [Kind.FRAGMENT_DEFINITION], ({ node }) => document.definitions.push(pick([copy(node), { ...copy(node), name: name('Unused') }]))),
  (document) => one(document, [Kind.FRAGMENT_DEFINITION, Kind.INLINE_FRAGMENT], ({ node }) => change(node, 'typeCondition', { kind: Kind.NAMED_TYPE, name: name(pick([pick(types).name, pick(composites).name, 'Unknown', 'Stirng'])) })),
  (document) => one(document, [Kind.FRAGMENT_DEFINITION], ({ node }) => {
    node.selectionSet.selections.push({ kind: Kind.FRAGMENT_SPREAD, name: name(`Fragment${below(3)}`) })
  }),
  (document) => one(document, [Kind.SELECTION_SET], ({ node }) => {
    node.selections.push({ kind: Kind.INLINE_FRAGMENT, typeCondition: { kind: Kind.NAMED_TYPE, name: name(pick(types).name) }, selectionSet: { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: name(pick(['__typename', 'id', ...fieldNames])) }] } })
  }),
  // operations
  (document) => one(document, [Kind.OPERATION_DEFINITION], ({ node }) => {
    document.definitions.push({ ...copy(node), name: pick([undefined, node.name, name('Other')]) })
  }),
  (document) => one(document, [Kind.OPERATION_DEFINITION], ({ node }) => change(node, 'operation', pick(['query', 'mutation', 'subscription']))),
  (document) => one(document, [Kind.OPERATION_DEFINITION], ({ node }) => {
    if (operations(document).length > 1) return false
    document.definitions.splice(document.definitions.indexOf(node), 1)
  }),
  (document) => {
    const subscription = operations(document).find((operation) => operation.operation === 'subscription')
    if (!subscription) return false
    const added = pick(['__typename', 'ticks', 'ticks @include(if: true)', '... @skip(if: false) { ticks }', 'other: ticks', '... { again: ticks }'])
    subscription.selectionSet.selections.push(...parse(`{ ${added} }`).definitions[0].selectionSet.selections)
  },
  // directives
  (document) => one(document, [Kind.FIELD, Kind.INLINE_FRAGMENT, Kind.FRAGMENT_SPREAD, Kind.FRAGMENT_DEFINITION, Kind.OPERATION_DEFINITION, Kind.VARIABLE_DEFINITION], ({ node }) => {
    const known = ['@skip(if: true)', '@include(if: false)', '@skip', '@include(if: "yes")', '@skip(if: null)', '@include(if: true, zzz: 1)', '@unknown(zzz: 1)', '@deprecated', '@oneOf', '@specifiedBy(url: "a")', '@tag(name: "a")', '@tag(level: null)', '@once(of: RED)', '@once(at: 1, of: [BLACK])', '@skip(if: true) @skip(if: true)', '@skip(if: $unknown)']
    const added = pick(known)
    if (node.kind === Kind.VARIABLE_DEFINITION && added.includes('$')) return false
    node.directives = [...(node.directives ?? []), ...directive(added)]
  }),
  (document) => one(document, [Kind.DIRECTIVE], ({ node, parent }) => {
    if (!Array.isArray(parent)) return false
    parent.push(copy(node))
  }),
]

function one(document, kinds, mutate) {
  const found = nodes(document, ...kinds)
  return found.length === 0 ? false : mutate(pick(found))
}

/** Other ways of writing it, which change nothing. */
function written(text) {
  if (chance(0.1)) text = text.replaceAll('\n', pick(['\r\n', '\r', ' # comment { "\n', ',\n']))
  if (chance(0.05)) text = text.replace(/\bon /g, pick(['on # here\n', 'on,', 'on\t']))
  if (chance(0.05)) text = text.replace(/"(\w)(\w*)"/g, (_, first, rest) => `"\\u{${first.charCodeAt(0).toString(16)}}${rest}"`)
  if (chance(0.03)) text = `\ufeff${text}`
  return text
}

/** Text that may be no document any more. */
function damaged(text) {
  const at = below(text.length)
  const signs = ['{', '}', '(', ')', '[', ']', '!', '$', ':', '=', '@', '|', '&', '...', '"', '"""', '\\', '0', '-', '.', '1e', 'on', ' fragment ', 'é', '#', ',', '$a', '()', '{}']
  return pick([text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + pick(signs) + text.slice(at), text.slice(0, at), text.slice(0, at) + text.slice(at + below(12)), text.replace(/"\w*"/, () => pick(['"\\x"', '"\\u12"', '"\\uD83D"', '"\\u{110000}"', '"\\u{}"', '"\n"', '"\\', '""""'])), text.replace(/\d+/, () => pick(['01', '1.', '.5', '1e', '-', '0x1', '1_0', '1a']))])
}

/** Counted in characters; graphql-js counts what JavaScript calls the length of a text. */
function places(text, locations) {
  const lines = text.split(/\r\n|[\n\r]/)
  return (locations ?? []).map(({ line, column }) => [line, [...(lines[line - 1] ?? '').slice(0, column - 1)].length + 1])
}

function judged(text) {
  let document
  try {
    document = parse(text, { allowEmptySelectionSets: false })
  } catch (error) {
    if (error instanceof GraphQLError) return { text, syntax: true, errors: [[error.message, places(text, error.locations)]] }
    throw error
  }
  const errors = validate(schema, document, rules, { maxErrors: 10_000 })
  return { text, errors: errors.map(({ message, locations }) => [message, places(text, locations)]) }
}

/** Newer than the specification of September 2025. */
const isNewer = (text) => /isDeprecated|deprecationReason|includeDeprecated(?!: true\) \{ name args)/.test(text)

/** Under the key of another field: graphql-js knows no type of `__typename` where it compares fields, and takes too much. */
const isAliased = (text) => /(?<!\bkind\d+): __typename|\b__typename:|\bkind\d+: (?!__typename)/.test(text)

let output = ''
for (let made = 0; made < count; ) {
  let text = new Maker().document()
  if (chance(0.75)) {
    let document
    try {
      document = copy(parse(text, { noLocation: true }))
    } catch (error) {
      console.error(`the generator wrote what is no document: ${error.message}\n${text}`)
      process.exit(1)
    }
    for (let times = chance(0.7) ? 1 : 1 + below(3), tries = 0; times > 0 && tries < 40; tries += 1) {
      if (pick(mutations)(document) !== false) times -= 1
    }
    if (document.definitions.length > 0) text = print(document)
  }
  text = written(text)
  if (chance(0.08)) text = damaged(text)
  if (isNewer(text) || isAliased(text) || !text.isWellFormed()) continue
  made += 1
  output += JSON.stringify(judged(text)) + '\n'
  if (output.length > 1 << 20) {
    if (!process.stdout.write(output)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    output = ''
  }
}
process.stdout.write(output)
