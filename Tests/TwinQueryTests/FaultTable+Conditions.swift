extension FaultTable {
    /// Faults of conditions.
    static let conditions = #"""
        SELECT * FROM devices WHERE status == 'x'
            1:36: found '=='; expected an operator; did you mean '='?
        SELECT * FROM devices WHERE true && true
            1:34: found '&&'; expected an operator; did you mean 'AND'?
        SELECT * FROM devices WHERE true || true
            1:34: found '||'; expected an operator; did you mean 'OR'?
        SELECT * FROM devices WHERE !(true)
            1:29: found '!'; expected an operator; did you mean 'NOT' or '!='?
        SELECT * FROM devices WHERE version => 1
            1:37: found '=>'; expected an operator; did you mean '>='?
        SELECT * FROM devices WHERE version =< 1
            1:37: found '=<'; expected an operator; did you mean '<='?
        SELECT * FROM devices WHERE version ** 2 = 4
            1:37: found '**'; expected an operator; did you mean '*'?
        SELECT * FROM devices WHERE status 'x'
            1:36: found the text 'x'; expected an operator, AND, OR, GROUP BY or the end of the query
        SELECT * FROM devices WHERE status = 'x' ADN true
            1:42: found 'ADN'; expected an operator, AND, OR, GROUP BY or the end of the query; did you mean 'AND'?
        SELECT * FROM devices WHERE status =
            1:37: found the end of the query; expected a value, a field or a function
        SELECT * FROM devices WHERE = 1
            1:29: found '='; expected a value, a field or a function
        SELECT * FROM devices WHERE version = 1 = true
            1:41: found '='; expected AND or OR; a comparison of comparisons needs parentheses
        SELECT * FROM devices WHERE version IN [1] = true
            1:44: found '='; expected AND or OR; a comparison of comparisons needs parentheses
        SELECT * FROM devices WHERE true = NOT true
            1:36: found 'NOT'; expected a value or a field; put NOT and its operand in parentheses
        SELECT * FROM devices WHERE (true
            1:34: found the end of the query; expected an operator, AND, OR or ')'
        SELECT * FROM devices WHERE (1, 2)
            1:31: found ','; expected an operator, AND, OR or ')'
        SELECT * FROM devices WHERE true)
            1:33: found ')'; expected an operator, AND, OR, GROUP BY or the end of the query
        SELECT * FROM devices WHERE deviceId IN ('a')
            1:41: found '('; expected a list in square brackets, such as ['US', 'EU']
        SELECT * FROM devices WHERE deviceId IN 'a'
            1:41: found the text 'a'; expected a list in square brackets, such as ['US', 'EU']
        SELECT * FROM devices WHERE deviceId IN [['a']]
            1:41: found "[['a']]"; expected a list in square brackets, such as ['US', 'EU']
        SELECT * FROM devices WHERE deviceId IN []
            1:42: found ']'; expected a constant, such as 'text', 1 or true
        SELECT * FROM devices WHERE deviceId IN ['a' 'b']
            1:46: found the text 'b'; expected ',' or ']'
        SELECT * FROM devices WHERE deviceId IN ['a',]
            1:46: found ']'; expected a constant, such as 'text', 1 or true
        SELECT * FROM devices WHERE deviceId IN [dev1]
            1:42: found 'dev1'; expected a constant, such as 'text', 1 or true; a text stands in quotes, 'dev1'
        SELECT * FROM devices WHERE version IN [-'a']
            1:42: found the text 'a'; expected a number after '-'
        SELECT * FROM devices WHERE deviceId NOT IN ['a']
            1:38: found 'NOT'; expected NIN: IoT Hub's query language writes NOT IN so
        SELECT * FROM devices WHERE deviceId LIKE 'a%'
            1:38: found 'LIKE'; expected an operator, AND, OR, GROUP BY or the end of the query: IoT Hub's query
            language has no LIKE; use STARTSWITH or ENDSWITH
        SELECT * FROM devices WHERE deviceId BETWEEN 1 AND 2
            1:38: found 'BETWEEN'; expected an operator, AND, OR, GROUP BY or the end of the query: IoT Hub's query
            language has no BETWEEN; use >= and <=
        SELECT * FROM devices WHERE tags.x IS NULL
            1:36: found 'IS'; expected an operator, AND, OR, GROUP BY or the end of the query: IoT Hub's query
            language has no IS; compare with = null, or use IS_DEFINED
        SELECT * FROM devices WHERE true ORDER BY x
            1:34: found 'ORDER'; expected an operator, AND, OR, GROUP BY or the end of the query: IoT Hub's query
            language has no ORDER BY; sort the rows after reading them
        SELECT * FROM devices WHERE tags.list[0] = 1
            1:38: found '['; expected an operator, AND, OR, GROUP BY or the end of the query; elements of arrays
            cannot be read
        SELECT * FROM devices WHERE (SELECT * FROM devices)
            1:30: found 'SELECT'; expected a value or a field: IoT Hub's query language has no queries inside of
            queries
        SELECT * FROM devices WHERE EXISTS (1)
            1:29: found 'EXISTS'; expected a function of the language: IoT Hub's query language has no EXISTS; use
            IS_DEFINED
        SELECT * FROM devices WHERE tag.x = 1
            1:29: found 'tag'; expected a field of a twin; did you mean 'tags'?
        SELECT * FROM devices WHERE property.reported.x = 1
            1:29: found 'property'; expected a field of a twin; did you mean 'properties'?
        SELECT * FROM devices WHERE deviceid1 = 1
            1:29: found 'deviceid1'; expected a field of a twin; did you mean 'deviceId'?
        SELECT * FROM devices WHERE reported.x = 1
            1:29: found 'reported'; expected a field of a twin; did you mean 'properties.reported.x'?
        SELECT * FROM devices WHERE location.plant = 'x'
            1:29: found 'location'; expected a field of a twin, such as deviceId or status, or
            'tags.location.plant', 'properties.desired.location.plant' or 'properties.reported.location.plant'
        SELECT * FROM devices WHERE status = enabled
            1:38: found 'enabled'; expected a value or a field; a text stands in quotes, 'enabled'
        SELECT * FROM devices WHERE tags.my-name = 1
            1:37: found 'name'; expected an operand; a name with '-' in it is written in brackets, [[...]]
        SELECT * FROM devices WHERE properties.x = 1
            1:40: found 'x'; expected 'properties.desired' or 'properties.reported'
        SELECT * FROM devices WHERE properties.Reported.x = 1
            1:40: found 'Reported'; expected 'properties.desired' or 'properties.reported'; did you mean 'reported'?
        SELECT * FROM devices WHERE capabilities.iotedge = true
            1:42: found 'iotedge'; expected 'capabilities.iotEdge'; did you mean 'iotEdge'?
        SELECT * FROM devices WHERE deviceId.x = 1
            1:38: found 'x'; expected nothing after 'deviceId', which has no fields
        SELECT * FROM devices WHERE tags.group = 1
            1:34: found 'group'; expected a name; the reserved word is written [[group]] where it is a name
        SELECT * FROM devices WHERE tags. = 1
            1:35: found '='; expected a name after '.'
        SELECT * FROM devices WHERE tags.'x' = 1
            1:34: found the text 'x'; expected a name after '.'
        SELECT * FROM devices WHERE tags.5 = 1
            1:34: found the number 5; expected a name after '.'
        SELECT * FROM devices WHERE tags.[[]] = 1
            1:34: found '[[]]'; expected a name between '[[' and ']]'
        SELECT * FROM devices WHERE tags.[[x] = 1
            1:34: found '[[' without ']]'; expected ']]' after the name; a list in a list is written with a space,
            '[ ['
        SELECT * FROM devices WHERE tags.a@b = 1
            1:35: found '@'; expected a name, a value or an operator; a name with other characters than letters,
            digits, '_' and '$' is written [[name]]
        SELECT * FROM devices WHERE STARTSWIHT(status, 'a')
            1:29: found 'STARTSWIHT'; expected IS_DEFINED, STARTSWITH or ENDSWITH; did you mean 'STARTSWITH'?
        SELECT * FROM devices WHERE ARRAY_CONTAINS(tags.x, 'a')
            1:29: found 'ARRAY_CONTAINS'; expected IS_DEFINED, STARTSWITH or ENDSWITH
        SELECT * FROM devices WHERE CONTAINS(status, 'a')
            1:29: found 'CONTAINS'; expected IS_DEFINED, STARTSWITH or ENDSWITH: a real IoT hub does not have
            CONTAINS in twin queries
        SELECT * FROM devices WHERE starts_with(status, 'a')
            1:29: found 'starts_with'; expected IS_DEFINED, STARTSWITH or ENDSWITH: a real IoT hub does not have
            STARTS_WITH in twin queries; write STARTSWITH
        SELECT * FROM devices WHERE ENDS_WITH(status, 'a')
            1:29: found 'ENDS_WITH'; expected IS_DEFINED, STARTSWITH or ENDSWITH: a real IoT hub does not have
            ENDS_WITH in twin queries; write ENDSWITH
        SELECT * FROM devices WHERE IS_DEFINED()
            1:29: found 0 arguments; expected IS_DEFINED with 1 argument
        SELECT * FROM devices WHERE STARTSWITH(status)
            1:29: found 1 argument; expected STARTSWITH with 2 arguments
        SELECT * FROM devices WHERE IS_DEFINED(status status)
            1:47: found 'status'; expected an operator, AND, OR, ',' or ')'
        SELECT * FROM devices WHERE status = 'x
            1:38: found a text without an end; expected "'" at its end
        SELECT * FROM devices WHERE status = "x
            1:38: found a text without an end; expected '"' at its end
        SELECT * FROM devices WHERE status = 'it''s'
            1:42: found the text 's'; expected an operator, AND, OR, GROUP BY or the end of the query; a quote
            inside of a text is written \' or \"
        SELECT * FROM devices WHERE status = ‘x’
            1:38: found '‘'; expected a straight quote, ' or "
        SELECT * FROM devices WHERE status = `x`
            1:38: found '`'; expected a straight quote, ' or ", around a text, or [[ ]] around a name
        SELECT * FROM devices WHERE status = 'a\nb'
            1:40: found '\n'; expected one of the escapes \', \", \\ and \uXXXX
        SELECT * FROM devices WHERE status = 'a\
            1:40: found '\'; expected one of the escapes \', \", \\ and \uXXXX
        SELECT * FROM devices WHERE status = '\u12g4'
            1:39: found '\u12'; expected four hexadecimal digits after \u
        SELECT * FROM devices WHERE status = '\uD83D!'
            1:39: found '\uD83D'; expected both halves of the pair, \uD800 to \uDBFF and then \uDC00 to \uDFFF
        SELECT * FROM devices WHERE status = '\uDE00'
            1:39: found '\uDE00'; expected both halves of the pair, \uD800 to \uDBFF and then \uDC00 to \uDFFF
        SELECT * FROM devices WHERE status = '\uD83D\u0041'
            1:45: found '\u0041'; expected the second half of the pair, \uDC00 to \uDFFF
        SELECT * FROM devices WHERE version = 5.
            1:39: found '5.'; expected a digit after the decimal point
        SELECT * FROM devices WHERE version = .5
            1:39: found '.'; expected a value, a field or a function
        SELECT * FROM devices WHERE version = 1.2.3
            1:39: found '1.2.3'; expected a number such as 60, 0.5 or 0x3C; a name that starts with a digit is
            written [[name]]
        SELECT * FROM devices WHERE version = 5h
            1:39: found '5h'; expected a number such as 60, 0.5 or 0x3C; a name that starts with a digit is written
            [[name]]
        SELECT * FROM devices WHERE version = 0xFG
            1:39: found '0xFG'; expected hexadecimal digits after 0x
        SELECT * FROM devices WHERE version = 0x
            1:39: found '0x'; expected hexadecimal digits after 0x
        SELECT * FROM devices WHERE version = 1e5
            1:39: found '1e5'; expected a number without exponent: a real IoT hub is not known to read others
        SELECT * FROM devices WHERE version = 1e
            1:39: found '1e'; expected a number such as 60, 0.5 or 0x3C; a name that starts with a digit is written
            [[name]]
        SELECT *␊FROM devices␍␊  WHERE tags.größe = 'é' AND # x
            3:30: found '#'; expected a name, a value or an operator; a name with other characters than letters,
            digits, '_' and '$' is written [[name]]
        SELECT *␍FROM device
            2:6: found 'device'; expected devices, devices.modules or devices.jobs; did you mean 'devices'?
        """#
}
