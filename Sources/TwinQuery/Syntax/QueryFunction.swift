/// A function of conditions; case does not count.
///
/// Source: Azure IoT Hub documentation, "IoT Hub query language" (the first three) and "IoT Hub message routing query
/// syntax" (the others). Open in the documents: whether a hub knows any of the others in twin queries. Those without an
/// underscore in STARTSWITH and ENDSWITH are the ones that work there; `strict` takes these and IS_DEFINED only.
enum QueryFunction: String, Sendable, CaseIterable {
    case isDefined = "IS_DEFINED"
    case startsWith = "STARTSWITH"
    case endsWith = "ENDSWITH"

    case isBool = "IS_BOOL"
    case isNumber = "IS_NUMBER"
    case isString = "IS_STRING"
    case isNull = "IS_NULL"
    case isObject = "IS_OBJECT"
    case isPrimitive = "IS_PRIMITIVE"
    case isArray = "IS_ARRAY"
    case asNumber = "AS_NUMBER"

    case abs = "ABS"
    case exp = "EXP"
    case power = "POWER"
    case square = "SQUARE"
    case ceiling = "CEILING"
    case floor = "FLOOR"
    case sign = "SIGN"
    case squareRoot = "SQRT"

    case concat = "CONCAT"
    case length = "LENGTH"
    case lower = "LOWER"
    case upper = "UPPER"
    case substring = "SUBSTRING"
    case indexOf = "INDEX_OF"
    case startsWithUnderscore = "STARTS_WITH"
    case endsWithUnderscore = "ENDS_WITH"
    case contains = "CONTAINS"

    static let strict: [QueryFunction] = [.isDefined, .startsWith, .endsWith]

    static func known(in mode: QueryMode) -> [QueryFunction] { mode == .strict ? strict : allCases }

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .startsWith, .endsWith, .startsWithUnderscore, .endsWithUnderscore, .contains, .indexOf, .power: 2...2
        case .substring: 2...3
        case .concat: 2...Int.max
        case .isDefined, .isBool, .isNumber, .isString, .isNull, .isObject, .isPrimitive, .isArray, .asNumber, .abs,
            .exp, .square, .ceiling, .floor, .sign, .squareRoot, .length, .lower, .upper:
            1...1
        }
    }

    /// The one of the strict functions that does the same.
    var strictSpelling: QueryFunction? {
        switch self {
        case .startsWithUnderscore: .startsWith
        case .endsWithUnderscore: .endsWith
        default: nil
        }
    }
}
