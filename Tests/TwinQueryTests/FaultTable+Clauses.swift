extension FaultTable {
    /// Faults of SELECT, FROM and GROUP BY.
    static let clauses = #"""
        status = 'x'
            1:1: found 'status'; expected SELECT; a condition by itself is written SELECT * FROM devices WHERE ...
        (status = 'x')
            1:1: found '('; expected SELECT; a condition by itself is written SELECT * FROM devices WHERE ...
        WHERE status = 1
            1:1: found 'WHERE'; expected SELECT; did you mean SELECT * FROM devices WHERE ...?
        FROM devices
            1:1: found 'FROM'; expected SELECT * before FROM
        SELEC * FROM devices
            1:1: found 'SELEC'; expected SELECT; did you mean 'SELECT'?
        DELETE FROM devices
            1:1: found 'DELETE'; expected SELECT: queries only read
        SELECT
            1:7: found the end of the query; expected '*', a field or an aggregate such as COUNT()
        SELECT FROM devices
            1:8: found 'FROM'; expected '*', a field or an aggregate such as COUNT() before FROM
        SELECT 1 FROM devices
            1:8: found the number 1; expected '*', a field or an aggregate such as COUNT()
        SELECT 'a' FROM devices
            1:8: found the text 'a'; expected '*', a field or an aggregate such as COUNT()
        SELECT *
            1:9: found the end of the query; expected FROM devices
        SELECT * WHERE status = 1
            1:10: found 'WHERE'; expected FROM devices before it
        SELECT * FORM devices
            1:10: found 'FORM'; expected ',', AS or FROM; did you mean 'FROM'?
        SELECT *, status FROM devices
            1:9: found ','; expected FROM; '*' stands alone
        SELECT status, FROM devices
            1:16: found 'FROM'; expected '*', a field or an aggregate such as COUNT() before FROM
        SELECT status label FROM devices
            1:15: found 'label'; expected ',', AS or FROM
        SELECT status AS FROM devices
            1:18: found 'FROM'; expected a name after AS; the reserved word is written [[FROM]] where it is a name
        SELECT status AS 's' FROM devices
            1:18: found the text 's'; expected a name after AS, without quotes
        SELECT status AS 5 FROM devices
            1:18: found the number 5; expected a name after AS
        SELECT status + 1 FROM devices
            1:15: found '+'; expected ',', AS or FROM
        SELECT DISTINCT status FROM devices
            1:8: found 'DISTINCT'; expected a field or an aggregate: IoT Hub's query language has no DISTINCT;
            select a field and GROUP BY it
        SELECT TOP 0 * FROM devices
            1:12: found the number 0; expected a whole number from 1 after TOP
        SELECT TOP -1 * FROM devices
            1:12: found '-'; expected a whole number from 1 after TOP
        SELECT TOP 1.5 * FROM devices
            1:12: found the number 1.5; expected a whole number from 1 after TOP
        SELECT TOP 0x10 * FROM devices
            1:12: found the number 0x10; expected a whole number from 1 after TOP
        SELECT TOP 9223372036854775808 * FROM devices
            1:12: found the number 9223372036854775808; expected a whole number from 1 after TOP
        SELECT TOP * FROM devices
            1:12: found '*'; expected a whole number from 1 after TOP
        SELECT * FROM
            1:14: found the end of the query; expected devices, devices.modules or devices.jobs
        SELECT * FROM 'devices'
            1:15: found the text 'devices'; expected devices, devices.modules or devices.jobs
        SELECT * FROM device
            1:15: found 'device'; expected devices, devices.modules or devices.jobs; did you mean 'devices'?
        SELECT * FROM devices.job
            1:15: found 'devices.job'; expected devices, devices.modules or devices.jobs; did you mean
            'devices.jobs'?
        SELECT * FROM twins
            1:15: found 'twins'; expected devices, devices.modules or devices.jobs
        SELECT * FROM devices.
            1:23: found the end of the query; expected modules or jobs after 'devices.'
        SELECT * FROM devices d
            1:23: found 'd'; expected WHERE, GROUP BY or the end of the query
        SELECT * FROM devices AS d
            1:23: found 'AS'; expected WHERE, GROUP BY or the end of the query; a collection has no other name
        SELECT * FROM devices, devices.jobs
            1:22: found ','; expected WHERE, GROUP BY or the end of the query; a query has one collection
        SELECT * FROM devices JOIN x
            1:23: found 'JOIN'; expected WHERE, GROUP BY or the end of the query: IoT Hub's query language has no
            JOIN; choose modules by deviceId IN [...]
        SELECT * FROM devices WEHRE status = 1
            1:23: found 'WEHRE'; expected WHERE, GROUP BY or the end of the query; did you mean 'WHERE'?
        SELECT * FROM devices ORDER BY status
            1:23: found 'ORDER'; expected WHERE, GROUP BY or the end of the query: IoT Hub's query language has no
            ORDER BY; sort the rows after reading them
        SELECT * FROM devices LIMIT 5
            1:23: found 'LIMIT'; expected WHERE, GROUP BY or the end of the query: IoT Hub's query language has no
            LIMIT; write SELECT TOP n
        SELECT * FROM devices;
            1:22: found ';'; expected the end; a query has no ';' after it
        SELECT status FROM devices.jobs
            1:8: found 'status'; expected '*': queries on devices.jobs select whole rows only
        SELECT COUNT() FROM devices.jobs
            1:8: found 'COUNT'; expected '*': queries on devices.jobs select whole rows only
        SELECT * FROM devices.jobs GROUP BY status
            1:28: found 'GROUP'; expected no GROUP BY in a query on devices.jobs
        SELECT * FROM devices.jobs WHERE tags.x = 1
            1:34: found 'tags'; expected a field of a job: deviceId, jobId, jobType, status, startTimeUtc,
            endTimeUtc, createdDateTimeUtc, lastUpdatedDateTimeUtc, outcome or error
        SELECT * FROM devices.jobs WHERE jobTyp = 1
            1:34: found 'jobTyp'; expected a field of a job: deviceId, jobId, jobType, status, startTimeUtc,
            endTimeUtc, createdDateTimeUtc, lastUpdatedDateTimeUtc, outcome or error; did you mean 'jobType'?
        SELECT * FROM devices WHERE devices.jobs.status = 1
            1:37: found 'jobs'; expected a field of devices, which is what the query is about
        SELECT * FROM devices.modules WHERE devices.modules = 1
            1:45: found 'modules'; expected a field after 'devices.modules.'
        SELECT COUNT(*) FROM devices
            1:14: found '*'; expected COUNT(): it counts rows and takes no argument
        SELECT COUNT(status) FROM devices
            1:14: found 'status'; expected COUNT(): it counts rows and takes no argument
        SELECT COUNT FROM devices
            1:8: found 'COUNT'; expected a field of a twin, such as deviceId or status, or 'tags.COUNT',
            'properties.desired.COUNT' or 'properties.reported.COUNT'
        SELECT AVG() FROM devices
            1:12: found ')'; expected a field, such as properties.reported.temperature
        SELECT AVG(1) FROM devices
            1:12: found the number 1; expected a field, such as properties.reported.temperature
        SELECT AVG(tags.x + 1) FROM devices
            1:19: found '+'; expected ')'
        SELECT CUONT() FROM devices
            1:8: found 'CUONT'; expected COUNT, AVG, SUM, MIN or MAX; did you mean 'COUNT'?
        SELECT IS_DEFINED(tags.x) FROM devices
            1:8: found 'IS_DEFINED'; expected COUNT, AVG, SUM, MIN or MAX; functions stand in conditions only
        SELECT COUNT(), status FROM devices
            1:17: found 'status'; expected an aggregate, or GROUP BY status at the end of the query
        SELECT status, tags.a FROM devices GROUP BY tags.a
            1:8: found 'status'; expected an aggregate, or GROUP BY status at the end of the query
        SELECT * FROM devices GROUP BY status
            1:23: found 'GROUP'; expected the end of the query; with GROUP BY, select fields and aggregates instead
            of *
        SELECT status FROM devices GROUP status
            1:34: found 'status'; expected BY after GROUP
        SELECT status FROM devices GROUP BY
            1:36: found the end of the query; expected a field to group by
        SELECT status FROM devices GROUP BY COUNT()
            1:37: found 'COUNT'; expected a field of a twin, such as deviceId or status, or 'tags.COUNT',
            'properties.desired.COUNT' or 'properties.reported.COUNT'
        SELECT status FROM devices GROUP BY status HAVING status
            1:44: found 'HAVING'; expected '.', ',' or the end of the query: IoT Hub's query language has no HAVING;
            choose among the groups after reading them
        SELECT tags.a, properties.desired.a FROM devices
            1:16: found a second column with the name 'a'; expected another name for it, with AS
        SELECT COUNT(), COUNT() FROM devices
            1:17: found a second column with the name 'count'; expected another name for it, with AS
        SELECT * FROM devices WHERE COUNT() > 1
            1:29: found 'COUNT'; expected no aggregate here; aggregates stand after SELECT
        """#
}
