-- What the translator writes for each construct; a PostgreSQL 15 gives the same, but for what is about this session.
-- cases.h says how this file is read; "test_clients FOLDER NAME --write" writes the answers anew.

-- # aggregates: order, DISTINCT, FILTER, nothing
SELECT array_agg(typname ORDER BY typname DESC), array_agg(DISTINCT typlen ORDER BY typlen),
  string_agg(typname, ', ' ORDER BY oid), count(*) FILTER (WHERE typlen = 4), array_agg(oid) FILTER (WHERE false),
  bool_and(typbyval), bool_or(typlen = 8), min(typname), max(oid), sum(typlen), count(DISTINCT typlen)
FROM pg_type WHERE oid IN (16, 20, 21, 23, 700);

-- > array_agg _name|array_agg _int2|string_agg text|count int8|array_agg _oid|bool_and bool|bool_or bool|min text|max oid|sum int8|count int8
-- > {int8,int4,int2,float4,bool}|{1,2,4,8}|bool, int8, int2, int4, float4|2|~|t|t|bool|700|19|4
-- # aggregates: nulls in order
SELECT array_agg(x ORDER BY x), array_agg(x ORDER BY x DESC), array_agg(x ORDER BY x NULLS FIRST),
  array_agg(y ORDER BY x, y DESC) FROM (VALUES (2, 'a'), (NULL, 'b'), (1, 'c'), (1, 'd')) v(x, y), pg_namespace n
WHERE n.nspname = 'pg_catalog';

-- > array_agg _int4|array_agg _int4|array_agg _int4|array_agg _text
-- > {1,1,2,NULL}|{NULL,2,1,1}|{NULL,1,1,2}|{d,c,a,b}
-- # GROUP BY, HAVING, ordinals, aliases
SELECT typcategory AS c, count(*) FROM pg_type WHERE oid IN (16, 20, 21, 23, 25, 1043) GROUP BY c
HAVING count(*) > 1 ORDER BY 2 DESC, c;

-- > c char|count int8
-- > N|3
-- > S|2
-- # windows
SELECT typname, row_number() OVER (PARTITION BY typcategory ORDER BY oid), rank() OVER (ORDER BY typlen DESC)
FROM pg_type WHERE oid IN (20, 21, 23, 25) ORDER BY oid;

-- > typname name|row_number int8|rank int8
-- > int8|1|1
-- > int2|2|3
-- > int4|3|2
-- > text|1|4
-- # sets: union, intersection, difference
SELECT oid FROM pg_type WHERE oid IN (16, 20) UNION SELECT oid FROM pg_type WHERE oid IN (20, 21)
EXCEPT SELECT 21::oid ORDER BY 1;

-- > oid oid
-- > 16
-- > 20
-- # WITH
WITH a(n) AS (SELECT oid FROM pg_type WHERE typname LIKE 'int_'), b AS (SELECT max(n) AS m FROM a)
SELECT a.n, b.m FROM a, b ORDER BY a.n DESC LIMIT 2 OFFSET 1;

-- > n oid|m oid
-- > 21|23
-- > 20|23
-- # WITH RECURSIVE
WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 4)
SELECT count(*), sum(n) FROM x, pg_namespace s WHERE s.nspname = 'pg_catalog';

-- > count int8|sum int8
-- > 4|10
-- # joins: USING, NATURAL, LEFT, RIGHT, FULL, LATERAL
SELECT a.oid, b.x, oid FROM pg_type a RIGHT JOIN (VALUES (16::oid, 'b'), (7, 'n')) b(oid, x) USING (oid) ORDER BY b.x;
-- > oid oid|x text|oid oid
-- > 16|b|16
-- > ~|n|7
-- # joins: NATURAL
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) s(k, v) NATURAL JOIN (VALUES (2, 'c'), (3, 'd')) t(k, w), pg_am
WHERE amname = 'heap';
-- > k int4|v text|w text|oid oid|amname name|amhandler regproc|amtype char
-- > 2|b|c|2|heap|-|t
-- # joins: FULL
SELECT s.k, t.k FROM (VALUES (1), (2)) s(k) FULL JOIN (VALUES (2), (3)) t(k) ON s.k = t.k, pg_namespace n
WHERE n.nspname = 'pg_catalog' ORDER BY 1, 2;
-- > k int4|k int4
-- > 1|~
-- > 2|2
-- > ~|3
-- # joins: parentheses
SELECT t.typname, n.nspname FROM pg_type t LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace)
ON c.oid = t.typrelid WHERE t.oid = 16;

-- > typname name|nspname name
-- > bool|~
-- # subqueries
SELECT typname, (SELECT nspname FROM pg_namespace n WHERE n.oid = t.typnamespace), EXISTS (SELECT 1 FROM pg_class
  WHERE false), oid = ANY (SELECT 16), oid <> ALL (SELECT 16), oid NOT IN (SELECT 20::oid),
  ARRAY(SELECT a.oid FROM pg_type a WHERE a.typlen = 8 AND a.typname LIKE 'int%') FROM pg_type t WHERE t.oid = 16;

-- > typname name|nspname name|exists bool|?column? bool|?column? bool|?column? bool|array _oid
-- > bool|pg_catalog|f|t|f|t|{20}
-- # rows
SELECT typname FROM pg_type WHERE (typlen, typbyval) IN ((8, true), (1, true)) AND (oid, typname) = (20, 'int8');

-- > typname name
-- > int8
-- # CASE, COALESCE, NULLIF
SELECT CASE typlen WHEN 8 THEN 'eight' WHEN 4 THEN 'four' END, CASE WHEN typlen > 4 THEN 1 ELSE 0 END,
  COALESCE(NULL, typname, 'x'), NULLIF(typlen, 8), coalesce(NULLIF(typname, 'int8'), 'none') FROM pg_type WHERE oid = 20;

-- > case text|case int4|coalesce name|nullif int2|coalesce name
-- > eight|1|int8|~|none
-- # tests
SELECT typbyval IS TRUE, typbyval IS NOT TRUE, NULL::bool IS UNKNOWN, typname IS NULL, typlen IS DISTINCT FROM 8,
  typlen IS NOT DISTINCT FROM 8, typlen BETWEEN 1 AND 8, typlen NOT BETWEEN 1 AND 8, NOT typbyval FROM pg_type WHERE oid = 20;

-- > ?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool
-- > t|f|t|f|f|t|t|f|f
-- # arithmetic
SELECT typlen + 1, typlen - 10, typlen * 2, typlen / 3, typlen % 3, typlen & 12, typlen | 1, -typlen,
  1.5 + 1, 7::numeric FROM pg_type WHERE oid = 20;

-- > ?column? int4|?column? int4|?column? int4|?column? int4|?column? int4|?column? int4|?column? int4|?column? int2|?column? numeric|numeric numeric
-- > 9|-2|16|2|2|8|9|-8|2.5|7
-- # text
SELECT lower('ABC'), upper('abc'), length('äb'), char_length('abc'), substring('abcdef' FROM 2 FOR 3), substr('abcdef', 3),
  "left"('abc', 2), replace('aXbX', 'X', '-'), trim('  a '), ltrim('xxa', 'x'), rtrim('axx', 'x'), btrim('xax', 'x'),
  position('c' IN 'abc'), strpos('abc', 'z'), split_part('a.b.c', '.', 2), starts_with('abc', 'ab'),
  'a' || 'b' || typname, concat('a', NULL, 1), quote_ident('A b'), quote_literal('it''s'),
  format('%s.%I %L %%', 'a', 'B', 'c''d') FROM pg_type WHERE oid = 20;

-- > lower text|upper text|length int4|char_length int4|substring text|substr text|left text|replace text|btrim text|ltrim text|rtrim text|btrim text|position int4|strpos int4|split_part text|starts_with bool|?column? text|concat text|quote_ident text|quote_literal text|format text
-- > abc|ABC|2|3|bcd|cdef|ab|a-b-|a|a|a|a|3|0|b|t|abint8|a1|"A b"|'it''s'|a."B" 'c''d' %
-- # patterns
SELECT 'abc' ~ '^a.c$', 'abc' ~* 'B', 'abc' !~ 'x', 'abc' !~* 'B', 'abc' LIKE 'a%', 'abc' LIKE 'a_', 'ABC' ILIKE 'a%c',
  'abc' NOT LIKE '%b%', 'a_c' LIKE 'a\_c', 'a_c' LIKE 'a!_c' ESCAPE '!', 'x9' ~ '^\w\d$', 'tablename' ~ '^(table.*)$'
FROM pg_type WHERE oid = 20;

-- > ?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool|?column? bool
-- > t|t|t|f|t|f|t|f|t|t|t|t
-- # arrays
SELECT ARRAY[1, 2, 3], ARRAY['a b', NULL, 'c"d'], '{1,2}'::int[], (ARRAY[5, 6])[2], array_length(ARRAY[1, 2], 1),
  array_upper('{1,2}'::int[], 1), array_lower('{1,2}'::int[], 1), array_ndims('{1}'::int[]), cardinality('{}'::int[]),
  array_to_string(ARRAY['a', NULL, 'b'], '-'), array_to_string(ARRAY['a', NULL], '-', '?'),
  string_to_array('a,b', ','), ARRAY[1] || 2, ARRAY[1] || ARRAY[2], 2 = ANY (ARRAY[1, 2]), 2 = ALL ('{2,2}'::int[]),
  array_position(ARRAY['x', 'y'], 'y'), 'n' = ANY ('{n,m}'::text[]) FROM pg_type WHERE oid = 20;

-- > array _int4|array _text|int4 _int4|array int4|array_length int4|array_upper int4|array_lower int4|array_ndims int4|cardinality int4|array_to_string text|array_to_string text|string_to_array _text|?column? _int4|?column? _int4|?column? bool|?column? bool|array_position int4|?column? bool
-- > {1,2,3}|{"a b",NULL,"c\"d"}|{1,2}|6|2|2|1|1|0|a-b|a-?|{a,b}|{1,2}|{1,2}|t|t|2|t
-- # rows out of arrays
SELECT i, s FROM unnest(ARRAY['x', 'y']) WITH ORDINALITY AS t(s, i), pg_type WHERE oid = 20;
-- > i int8|s text
-- > 1|x
-- > 2|y
-- # rows out of arrays, in the select list
SELECT typname, unnest(ARRAY[1, 2]), generate_subscripts(ARRAY['a', 'b'], 1) FROM pg_type WHERE oid = 20;
-- > typname name|unnest int4|generate_subscripts int4
-- > int8|1|1
-- > int8|2|2
-- # series
SELECT g FROM generate_series(1, 7, 3) g, pg_type WHERE oid = 20;

-- > g int4
-- > 1
-- > 4
-- > 7
-- # casts
SELECT '12'::int, 12::text, 't'::bool, true::text, '1.5'::numeric, 3.7::int, '23'::regtype, 23::regtype::text,
  'int4'::regtype::oid, 'pg_class'::regclass, 'pg_class'::regclass::oid, 'pg_catalog'::regnamespace, 0::regclass,
  'abc'::varchar(2), 'ab'::"char", '1 2'::int2vector, CAST('a' AS name), 1::bool, true::int FROM pg_type WHERE oid = 20;

-- > int4 int4|text text|bool bool|text text|numeric numeric|int4 int4|regtype regtype|text text|oid oid|regclass regclass|oid oid|regnamespace regnamespace|regclass regclass|varchar varchar|char char|int2vector int2vector|name name|bool bool|int4 int4
-- > 12|12|t|true|1.5|4|integer|integer|23|pg_class|1259|pg_catalog|-|ab|a|1 2|a|t|1
-- # names of types
SELECT format_type(1700, 655366), format_type(1043, 14), format_type(23, NULL), format_type(1007, -1), format_type(0, -1),
  pg_typeof('a'::text), pg_typeof(1), to_regtype('nothing'), to_regclass('pg_type'), to_regnamespace('nothing'),
  to_regproc('version'), to_regrole('nobody') FROM pg_type WHERE oid = 20;

-- > format_type text|format_type text|format_type text|format_type text|format_type text|pg_typeof regtype|pg_typeof regtype|to_regtype regtype|to_regclass regclass|to_regnamespace regnamespace|to_regproc regproc|to_regrole regrole
-- > numeric(10,2)|character varying(10)|integer|integer[]|-|text|integer|~|pg_type|~|version|~
-- # privileges
SELECT has_table_privilege('census.person', 'SELECT'), has_table_privilege('ada', 'census.person', 'INSERT'),
  has_schema_privilege('census', 'USAGE'), has_database_privilege('income_statistics', 'CONNECT'),
  has_column_privilege('census.person', 'age', 'SELECT'), pg_has_role('ada', 'USAGE'), row_security_active('census.person');

-- > has_table_privilege bool|has_table_privilege bool|has_schema_privilege bool|has_database_privilege bool|has_column_privilege bool|pg_has_role bool|row_security_active bool
-- > t|f|t|t|t|t|f
-- # session
SELECT version(), current_database(), current_schema, current_user, session_user, current_schemas(true),
  current_setting('search_path'), current_setting('nothing.here', true), pg_is_in_recovery(), pg_client_encoding(),
  inet_server_port(), pg_backend_pid();

-- > version text|current_database name|current_schema name|current_user name|session_user name|current_schemas _name|current_setting text|current_setting text|pg_is_in_recovery bool|pg_client_encoding name|inet_server_port int4|pg_backend_pid int4
-- > PostgreSQL 15.0 (Weir 0.1.0)|income_statistics|census|ada|ada|{pg_catalog,census,public}|census, public|~|f|UTF8|~|0
-- # information_schema: schemas, constraints, privileges
SELECT s.schema_name, t.constraint_name, t.constraint_type, r.unique_constraint_name, u.column_name
FROM information_schema.schemata s JOIN information_schema.table_constraints t ON t.constraint_schema = s.schema_name
LEFT JOIN information_schema.referential_constraints r ON r.constraint_name = t.constraint_name
LEFT JOIN information_schema.constraint_column_usage u ON u.constraint_name = t.constraint_name ORDER BY 1, 2;

-- > schema_name name|constraint_name name|constraint_type varchar|unique_constraint_name name|column_name name
-- > census|person_district_fkey|FOREIGN KEY|district_pkey|code
-- > census|person_pkey|PRIMARY KEY|~|person_id
-- > census|visit_person_id_fkey|FOREIGN KEY|person_pkey|person_id
-- > public|district_pkey|PRIMARY KEY|~|code
-- # information_schema: grants
SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants ORDER BY 2;

-- > grantee name|table_name name|privilege_type varchar
-- > ada|district|SELECT
-- > ada|person|SELECT
-- > ada|visit|SELECT
-- # refused: a cast that is not there
SELECT ARRAY[1]::int FROM pg_type;
-- ! 0A000 queries of the system catalog cannot use a cast from integer[] to integer here
-- # refused: an ambiguous name
SELECT oid FROM pg_type a, pg_class b;
-- ! 42702 column reference "oid" is ambiguous
-- # refused: DISTINCT ON
SELECT DISTINCT ON (typlen) typname FROM pg_type;
-- ! 0A000 queries of the system catalog cannot use DISTINCT ON here
-- # refused: grouping sets
SELECT typlen FROM pg_type GROUP BY ROLLUP (typlen);
-- ! 0A000 queries of the system catalog cannot use GroupingSet here
-- # refused: the time
SELECT current_timestamp;
-- ! 0A000 queries of the system catalog cannot use the date or the time here
-- # refused: a position that is not there
SELECT oid FROM pg_type ORDER BY 2;
-- ! 42P10 a position of ORDER BY or GROUP BY is not in the select list
-- # refused: an unknown type
SELECT 1::nothing FROM pg_type;
-- ! 42704 type "nothing" does not exist
-- # refused: a setting is not changed
SELECT set_config('search_path', 'x', false);
-- ! 42501 set_config cannot change a setting
-- # refused: an operator
SELECT '{}'::jsonb @> '{}' FROM pg_type;
-- ! 0A000 queries of the system catalog cannot use the operator @> here
-- # refused: INTO
SELECT oid INTO x FROM pg_type;
-- ! 0A000 queries of the system catalog cannot use intoClause of SelectStmt here

-- # negative numbers
SELECT typlen * -2, typlen = -1, - 1, -(-(-7)), - - 5, - /* c */ (3), 0, -0 FROM pg_type WHERE oid = 20;
-- > ?column? int4|?column? bool|?column? int4|?column? int4|?column? int4|?column? int4|?column? int4|?column? int4
-- > -16|f|-1|-7|5|-3|0|0
