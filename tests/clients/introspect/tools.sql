-- Other drivers and tools: queries in the form that Npgsql, node-postgres' friends, DBeaver, Metabase, Grafana, pgAdmin
-- and psqlODBC send, written for this test.
-- cases.h says how this file is read; "test_clients FOLDER NAME --write" writes the answers anew.

-- # Npgsql: types that it knows how to read
SELECT s.nspname, s.oid, s.typname, s.typtype, s.typnotnull, s.elemtypoid FROM (
  SELECT ns.nspname, t.oid, t.typname, CASE WHEN proc.proname = 'array_recv' THEN 'a' ELSE t.typtype END AS typtype,
    t.typnotnull, CASE WHEN proc.proname = 'array_recv' THEN t.typelem
      WHEN t.typtype = 'r' THEN rng.rngsubtype WHEN t.typtype = 'd' THEN t.typbasetype END AS elemtypoid
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS ns ON (ns.oid = t.typnamespace)
  LEFT JOIN pg_catalog.pg_class AS cls ON (cls.oid = t.typrelid)
  LEFT JOIN pg_catalog.pg_proc AS proc ON proc.oid = t.typreceive
  LEFT JOIN pg_catalog.pg_range AS rng ON (rng.rngtypid = t.oid)) AS s
WHERE s.typtype IN ('b', 'r', 'm', 'e', 'd') OR (s.typtype = 'c' AND s.elemtypoid IS NOT NULL)
  OR (s.typtype = 'p' AND s.typname IN ('record', 'void', 'unknown'))
ORDER BY CASE WHEN s.typtype IN ('b', 'e', 'p') THEN 0 WHEN s.typtype = 'r' THEN 1 ELSE 2 END, s.oid LIMIT 4;

-- > nspname name|oid oid|typname name|typtype char|typnotnull bool|elemtypoid oid
-- > pg_catalog|16|bool|b|f|~
-- > pg_catalog|17|bytea|b|f|~
-- > pg_catalog|18|char|b|f|~
-- > pg_catalog|19|name|b|f|~

-- # Npgsql: composite types
SELECT typ.oid, att.attname, att.atttypid FROM pg_catalog.pg_type AS typ
JOIN pg_catalog.pg_namespace AS ns ON (ns.oid = typ.typnamespace)
JOIN pg_catalog.pg_class AS cls ON (cls.oid = typ.typrelid)
JOIN pg_catalog.pg_attribute AS att ON (att.attrelid = typ.typrelid)
WHERE (typ.typtype = 'c' AND cls.relkind = 'c') AND attnum > 0 AND NOT attisdropped ORDER BY typ.oid, att.attnum;

-- > oid oid|attname name|atttypid oid

-- # Npgsql: enums
SELECT pg_type.oid, enumlabel FROM pg_catalog.pg_enum JOIN pg_catalog.pg_type ON pg_type.oid = enumtypid
ORDER BY oid, enumsortorder;

-- > oid oid|enumlabel name

-- # Npgsql: GetSchema("Columns")
SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable,
  udt_name::regtype::text AS data_type, numeric_precision, numeric_scale
FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema');

-- > table_catalog name|table_schema name|table_name name|column_name name|ordinal_position int4|column_default varchar|is_nullable varchar|data_type text|numeric_precision int4|numeric_scale int4
-- > income_statistics|census|person|person_id|1|~|NO|bigint|64|0
-- > income_statistics|census|person|age|2|~|YES|integer|32|0
-- > income_statistics|census|person|sex|3|~|NO|text|~|~
-- > income_statistics|census|person|district|4|~|YES|text|~|~
-- > income_statistics|census|person|weight|5|~|YES|numeric|10|2
-- > income_statistics|census|person|registered_on|6|~|YES|date|~|~
-- > income_statistics|census|visit|person_id|1|~|YES|bigint|64|0
-- > income_statistics|census|visit|days|2|~|YES|integer|32|0
-- > income_statistics|public|district|code|1|~|NO|text|~|~
-- > income_statistics|public|district|label|2|~|YES|text|~|~

-- # node-postgres: Knex hasTable
-- $ person
SELECT * FROM information_schema.tables WHERE table_name = $1 AND table_schema = current_schema();

-- > table_catalog name|table_schema name|table_name name|table_type varchar|self_referencing_column_name name|reference_generation varchar|user_defined_type_catalog name|user_defined_type_schema name|user_defined_type_name name|is_insertable_into varchar|is_typed varchar|commit_action varchar
-- > income_statistics|census|person|BASE TABLE|~|~|~|~|~|NO|NO|~

-- # node-postgres: Knex columnInfo
-- $ person
-- $ income_statistics
SELECT column_name, column_default, is_nullable, data_type, character_maximum_length
FROM information_schema.columns WHERE table_name = $1 AND table_catalog = $2 AND table_schema = current_schema();

-- > column_name name|column_default varchar|is_nullable varchar|data_type varchar|character_maximum_length int4
-- > person_id|~|NO|bigint|~
-- > age|~|YES|integer|~
-- > sex|~|NO|text|~
-- > district|~|YES|text|~
-- > weight|~|YES|numeric|~
-- > registered_on|~|YES|date|~

-- # node-postgres: Sequelize describeTable
SELECT pk.constraint_type AS "Constraint", c.column_name AS "Field", c.column_default AS "Default",
  c.is_nullable AS "Null", CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END
    || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END)
    AS "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e
      ON t.oid = e.enumtypid WHERE t.typname = c.udt_name) AS "special",
  (SELECT pgd.description FROM pg_catalog.pg_statio_user_tables AS st INNER JOIN pg_catalog.pg_description pgd
    ON (pgd.objoid = st.relid) WHERE c.ordinal_position = pgd.objsubid AND c.table_name = st.relname) AS "Comment"
FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type
  FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage cu
  ON tc.table_schema = cu.table_schema AND tc.table_name = cu.table_name
    AND tc.constraint_name = cu.constraint_name AND tc.constraint_type = 'PRIMARY KEY') pk
ON pk.table_schema = c.table_schema AND pk.table_name = c.table_name AND pk.column_name = c.column_name
WHERE c.table_name = 'person' AND c.table_schema = 'census';

-- > Constraint varchar|Field name|Default varchar|Null varchar|Type text|special _name|Comment text
-- > PRIMARY KEY|person_id|~|NO|bigint|~|~
-- > ~|age|~|YES|integer|~|~
-- > ~|sex|~|NO|text|~|~
-- > ~|district|~|YES|text|~|~
-- > ~|weight|~|YES|numeric|~|~
-- > ~|registered_on|~|YES|date|~|~

-- # DBeaver: databases
-- $ income_statistics
SELECT db.oid, db.* FROM pg_catalog.pg_database db WHERE 1 = 1 AND datallowconn AND NOT datistemplate
OR db.datname = $1 ORDER BY db.datname;

-- > oid oid|oid oid|datname name|datdba oid|encoding int4|datlocprovider char|datistemplate bool|datallowconn bool|datconnlimit int4|datfrozenxid xid|datminmxid xid|dattablespace oid|datcollate text|datctype text|daticulocale text|datcollversion text|datacl _aclitem
-- > 16385|16385|district_plan|10|6|c|f|t|-1|0|0|1663|C|C|~|~|~
-- > 16386|16386|income_statistics|10|6|c|f|t|-1|0|0|1663|C|C|~|~|~

-- # DBeaver: session
SELECT current_schema(), session_user;

-- > current_schema name|session_user name
-- > census|ada

-- # DBeaver: search path
SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path';

-- > reset_val text
-- > census, public

-- # DBeaver: schemas
SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace n
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0
  AND d.classoid = 'pg_namespace'::regclass ORDER BY nspname;

-- > oid oid|oid oid|nspname name|nspowner oid|nspacl _aclitem|description text
-- > 16387|16387|census|10|~|~
-- > 13000|13000|information_schema|10|~|~
-- > 11|11|pg_catalog|10|~|~
-- > 2200|2200|public|10|~|~

-- # DBeaver: tables
-- $ 16387
SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_expr,
  pg_catalog.pg_get_partkeydef(c.oid) AS partition_key FROM pg_catalog.pg_class c
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
WHERE c.relnamespace = $1 AND c.relkind NOT IN ('i', 'I', 'c');

-- > oid oid|oid oid|relname name|relnamespace oid|reltype oid|reloftype oid|relowner oid|relam oid|relfilenode oid|reltablespace oid|relpages int4|reltuples float4|relallvisible int4|reltoastrelid oid|relhasindex bool|relisshared bool|relpersistence char|relkind char|relnatts int2|relchecks int2|relhasrules bool|relhastriggers bool|relhassubclass bool|relrowsecurity bool|relforcerowsecurity bool|relispopulated bool|relreplident char|relispartition bool|relrewrite oid|relfrozenxid xid|relminmxid xid|relacl _aclitem|reloptions _text|relpartbound pg_node_tree|description text|partition_expr text|partition_key text
-- > 16388|16388|person|16387|0|0|10|2|0|0|0|-1|0|0|t|f|p|r|6|0|f|t|f|f|f|t|d|f|0|0|0|~|~|~|protected: aggregates only, each person counts for little|~|~
-- > 16390|16390|visit|16387|0|0|10|2|0|0|0|-1|0|0|f|f|p|r|2|0|f|t|f|f|f|t|d|f|0|0|0|~|~|~|protected: aggregates only, each person counts for little|~|~

-- # DBeaver: columns
-- $ 16388
SELECT c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid
FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid = c.oid)
LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid = ad.adrelid AND a.attnum = ad.adnum)
LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
LEFT OUTER JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.deptype = 'i' AND dep.refobjsubid = a.attnum
  AND dep.classid = dep.refclassid
WHERE NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 'c') AND c.oid = $1 ORDER BY a.attnum;

-- > relname name|attrelid oid|attname name|atttypid oid|attstattarget int4|attlen int2|attnum int2|attndims int4|attcacheoff int4|atttypmod int4|attbyval bool|attalign char|attstorage char|attcompression char|attnotnull bool|atthasdef bool|atthasmissing bool|attidentity char|attgenerated char|attisdropped bool|attislocal bool|attinhcount int4|attcollation oid|attacl _aclitem|attoptions _text|attfdwoptions _text|attmissingval anyarray|def_value text|description text|objid oid
-- > person|16388|person_id|20|-1|8|1|0|-1|-1|t|d|p||t|f|f|||f|t|0|0|~|~|~|~|~|unit key: only COUNT(DISTINCT person_id)|~
-- > person|16388|age|23|-1|4|2|0|-1|-1|t|i|p||f|f|f|||f|t|0|0|~|~|~|~|~|range 17 .. 90|~
-- > person|16388|sex|25|-1|-1|3|0|-1|-1|f|i|x||t|f|f|||f|t|0|100|~|~|~|~|~|values 'Female', 'Male'|~
-- > person|16388|district|25|-1|-1|4|0|-1|-1|f|i|x||f|f|f|||f|t|0|100|~|~|~|~|~|values from public.district(code)|~
-- > person|16388|weight|1700|-1|-1|5|0|-1|655366|f|i|m||f|f|f|||f|t|0|0|~|~|~|~|~|range 0.00 .. 500.00|~
-- > person|16388|registered_on|1082|-1|4|6|0|-1|-1|t|i|p||f|f|f|||f|t|0|0|~|~|~|~|~|~|~

-- # DBeaver: constraints
-- $ 16387
SELECT c.oid, c.*, t.relname AS tabrelname, rt.relnamespace AS refnamespace, d.description,
  CASE WHEN c.contype = 'c' THEN "substring"(pg_get_constraintdef(c.oid), 7) ELSE NULL END consrc_copy
FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid = c.conrelid
LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid = c.confrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0
  AND d.classoid = 'pg_constraint'::regclass
WHERE c.connamespace = $1 AND c.conrelid != 0 ORDER BY c.oid;

-- > oid oid|oid oid|conname name|connamespace oid|contype char|condeferrable bool|condeferred bool|convalidated bool|conrelid oid|contypid oid|conindid oid|conparentid oid|confrelid oid|confupdtype char|confdeltype char|confmatchtype char|conislocal bool|coninhcount int4|connoinherit bool|conkey _int2|confkey _int2|conpfeqop _oid|conppeqop _oid|conffeqop _oid|confdelsetcols _int2|conexclop _oid|conbin pg_node_tree|tabrelname name|refnamespace oid|description text|consrc_copy text
-- > 32768|32768|person_pkey|16387|p|f|f|t|16388|0|16389|0|0| | | |t|0|t|{1}|~|~|~|~|~|~|~|person|~|~|~
-- > 32770|32770|person_district_fkey|16387|f|f|f|t|16388|0|16393|0|16392|a|a|s|t|0|t|{4}|{1}|~|~|~|~|~|~|person|2200|~|~
-- > 32771|32771|visit_person_id_fkey|16387|f|f|f|t|16390|0|16389|0|16388|a|a|s|t|0|t|{1}|{1}|~|~|~|~|~|~|visit|16387|~|~

-- # DBeaver: types
SELECT t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base_type_name, d.description
FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid = t.typelem
LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid = d.objoid
WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c')
  AND (et.typcategory IS NULL OR et.typcategory <> 'C') AND t.oid IN (20, 1043) ORDER BY t.oid;

-- > oid oid|oid oid|typname name|typnamespace oid|typowner oid|typlen int2|typbyval bool|typtype char|typcategory char|typispreferred bool|typisdefined bool|typdelim char|typrelid oid|typsubscript regproc|typelem oid|typarray oid|typinput regproc|typoutput regproc|typreceive regproc|typsend regproc|typmodin regproc|typmodout regproc|typanalyze regproc|typalign char|typstorage char|typnotnull bool|typbasetype oid|typtypmod int4|typndims int4|typcollation oid|typdefaultbin pg_node_tree|typdefault text|typacl _aclitem|relkind char|base_type_name text|description text
-- > 20|20|int8|11|10|8|t|b|N|f|t|,|0|-|0|1016|460|461|2408|2409|-|-|-|d|p|f|0|-1|0|0|~|~|~|~|~|~
-- > 1043|1043|varchar|11|10|-1|f|b|S|f|t|,|0|-|0|1015|1046|1047|2432|2433|-|-|-|i|x|f|0|-1|0|100|~|~|~|~|~|~

-- # DBeaver: sizes, of which there are none
SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid) AS total_rel_size, pg_catalog.pg_relation_size(c.oid) AS rel_size
FROM pg_class c WHERE c.relnamespace = 16387;

-- > oid oid|total_rel_size int8|rel_size int8
-- > 16388|~|~
-- > 16389|~|~
-- > 16390|~|~

-- # Metabase: tables
SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE NULL END
  AS type, d.description AS description, stat.n_live_tup AS estimated_row_count
FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
LEFT JOIN pg_catalog.pg_description AS d ON (c.oid = d.objoid) AND (d.objsubid = 0)
  AND (d.classoid = 'pg_class'::regclass)
LEFT JOIN pg_stat_user_tables AS stat ON (n.nspname = stat.schemaname) AND (c.relname = stat.relname)
WHERE (n.nspname !~ '^pg_') AND (n.nspname <> 'information_schema') AND c.relkind IN ('r', 'p', 'v', 'f', 'm')
ORDER BY type ASC, schema ASC, name ASC;

-- > schema name|name name|type text|description text|estimated_row_count int8
-- > census|person|TABLE|protected: aggregates only, each person counts for little|~
-- > census|visit|TABLE|protected: aggregates only, each person counts for little|~
-- > public|district|TABLE|public: holds no personal data|~

-- # Metabase: fields
SELECT c.column_name AS name, CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN FORMAT('%s', c.udt_name)
    ELSE FORMAT('"%s"."%s"', c.udt_schema, c.udt_name) END AS "database-type",
  c.ordinal_position - 1 AS "database-position", c.table_schema, c.table_name, pk.column_name IS NOT NULL AS "pk?",
  COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS TEXT)) AS REGCLASS)
    AS OID), c.ordinal_position) AS "field-comment",
  ((column_default IS NULL) OR (LOWER(column_default) = 'null')) AND (is_nullable = 'NO')
    AND NOT (((column_default IS NOT NULL) AND (column_default LIKE '%nextval(%')) OR (is_identity <> 'NO'))
    AS "database-required"
FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name
  FROM information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc
  ON (tc.constraint_name = kc.constraint_name) AND (tc.table_schema = kc.table_schema)
    AND (tc.table_name = kc.table_name) WHERE tc.constraint_type = 'PRIMARY KEY') AS pk
ON (c.table_schema = pk.table_schema) AND (c.table_name = pk.table_name) AND (c.column_name = pk.column_name)
WHERE c.table_schema !~ '^information_schema|catalog_history|pg_'
ORDER BY c.table_schema, c.table_name, c.ordinal_position;

-- > name name|database-type text|database-position int4|table_schema name|table_name name|pk? bool|field-comment text|database-required bool
-- > person_id|int8|0|census|person|t|unit key: only COUNT(DISTINCT person_id)|t
-- > age|int4|1|census|person|f|range 17 .. 90|f
-- > sex|text|2|census|person|f|values 'Female', 'Male'|t
-- > district|text|3|census|person|f|values from public.district(code)|f
-- > weight|numeric|4|census|person|f|range 0.00 .. 500.00|f
-- > registered_on|date|5|census|person|f|~|f
-- > person_id|int8|0|census|visit|f|only for joins|f
-- > days|int4|1|census|visit|f|range 0 .. 60|f
-- > code|text|0|public|district|t|~|t
-- > label|text|1|public|district|f|~|f

-- # Metabase: privileges
WITH table_privileges AS (SELECT NULL AS role, t.schemaname AS schema, t.objectname AS table,
  pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"'
    || replace(t.objectname, '"', '""') || '"', 'update') AS update,
  pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"'
    || replace(t.objectname, '"', '""') || '"', 'select') AS select
  FROM (SELECT schemaname, tablename AS objectname FROM pg_catalog.pg_tables
    UNION SELECT schemaname, viewname FROM pg_views UNION SELECT schemaname, matviewname FROM pg_matviews) t
  WHERE t.schemaname !~ '^pg_' AND t.schemaname <> 'information_schema'
    AND pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage'))
SELECT t.* FROM table_privileges t ORDER BY 2, 3;

-- > role text|schema name|table name|update bool|select bool
-- > ~|census|person|f|t
-- > ~|census|visit|f|t
-- > ~|public|district|f|t

-- # Grafana: version
SELECT current_setting('server_version_num')::int/100 AS version;

-- > version int4
-- > 1500

-- # Grafana: extension
SELECT extversion FROM pg_extension WHERE extname = 'timescaledb';

-- > extversion text

-- # Grafana: tables
SELECT CASE WHEN quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
    FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1),
      array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i,
      string_to_array(current_setting('search_path'), ',') s)
  THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog')
ORDER BY 1;

-- > table text
-- > district
-- > person
-- > visit

-- # Grafana: columns
SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns
WHERE CASE WHEN array_length(parse_ident('census.person'), 1) = 2
  THEN quote_ident(table_schema) = (parse_ident('census.person'))[1]
    AND quote_ident(table_name) = (parse_ident('census.person'))[2]
  ELSE quote_ident(table_name) = 'census.person' END;

-- > column text|type varchar
-- > person_id|bigint
-- > age|integer
-- > sex|text
-- > district|text
-- > weight|numeric
-- > registered_on|date

-- # pgAdmin: server
SELECT db.oid AS did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding,
  has_database_privilege(db.oid, 'CREATE') AS cancreate, datistemplate FROM pg_catalog.pg_database db
WHERE db.datname = current_database();

-- > did oid|datname name|datallowconn bool|serverencoding name|cancreate bool|datistemplate bool
-- > 16386|income_statistics|t|UTF8|f|f

-- # pgAdmin: role
SELECT roles.oid AS id, roles.rolname AS name, roles.rolsuper AS is_superuser,
  CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END AS can_create_role FROM pg_catalog.pg_roles AS roles
WHERE rolname = current_user;

-- > id oid|name name|is_superuser bool|can_create_role bool
-- > 16384|ada|f|f

-- # pgAdmin: a table's columns
SELECT att.attname AS name, att.attnum AS "OID", pg_catalog.format_type(ty.oid, NULL) AS datatype,
  att.attnotnull AS not_null, CASE WHEN att.atthasdef OR att.attidentity != '' OR ty.typdefault IS NOT NULL THEN true
    ELSE false END AS has_default_val, des.description, seq.seqtypid
FROM pg_catalog.pg_attribute att JOIN pg_catalog.pg_type ty ON ty.oid = atttypid
LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid = att.attrelid AND des.objsubid = att.attnum
  AND des.classoid = 'pg_class'::regclass)
LEFT OUTER JOIN (pg_catalog.pg_depend JOIN pg_catalog.pg_class cs ON classid = 'pg_class'::regclass AND objid = cs.oid
  AND cs.relkind = 'S') ON refobjid = att.attrelid AND refobjsubid = att.attnum
LEFT OUTER JOIN pg_catalog.pg_sequence seq ON cs.oid = seq.seqrelid
WHERE att.attrelid = 16388::oid AND att.attnum > 0 AND att.attisdropped IS FALSE ORDER BY att.attnum;

-- > name name|OID int2|datatype text|not_null bool|has_default_val bool|description text|seqtypid oid
-- > person_id|1|bigint|t|f|unit key: only COUNT(DISTINCT person_id)|~
-- > age|2|integer|f|f|range 17 .. 90|~
-- > sex|3|text|t|f|values 'Female', 'Male'|~
-- > district|4|text|f|f|values from public.district(code)|~
-- > weight|5|numeric|f|f|range 0.00 .. 500.00|~
-- > registered_on|6|date|f|f|~|~

-- # psqlODBC: tables
SELECT relname, nspname, relkind FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n
WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'pg_temp_1')
  AND n.oid = relnamespace ORDER BY nspname, relname;

-- > relname name|nspname name|relkind char
-- > person|census|r
-- > visit|census|r
-- > district|public|r

-- # psqlODBC: columns
SELECT n.nspname, c.relname, a.attname, a.atttypid, t.typname, a.attnum, a.attlen, a.atttypmod, a.attnotnull,
  c.relhasrules, c.relkind, c.oid, pg_get_expr(d.adbin, d.adrelid), CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE 0 END,
  t.typtypmod, 0 AS relhasoids, attidentity, c.relhassubclass
FROM (((pg_catalog.pg_class c INNER JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND c.relname = 'person'
    AND n.nspname = 'census') INNER JOIN pg_catalog.pg_attribute a ON (NOT a.attisdropped) AND a.attnum > 0
    AND a.attrelid = c.oid) INNER JOIN pg_catalog.pg_type t ON t.oid = a.atttypid)
  LEFT OUTER JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
ORDER BY n.nspname, c.relname, attnum;

-- > nspname name|relname name|attname name|atttypid oid|typname name|attnum int2|attlen int2|atttypmod int4|attnotnull bool|relhasrules bool|relkind char|oid oid|pg_get_expr text|case oid|typtypmod int4|relhasoids int4|attidentity char|relhassubclass bool
-- > census|person|person_id|20|int8|1|8|-1|t|f|r|16388|~|0|-1|0||f
-- > census|person|age|23|int4|2|4|-1|f|f|r|16388|~|0|-1|0||f
-- > census|person|sex|25|text|3|-1|-1|t|f|r|16388|~|0|-1|0||f
-- > census|person|district|25|text|4|-1|-1|f|f|r|16388|~|0|-1|0||f
-- > census|person|weight|1700|numeric|5|-1|655366|f|f|r|16388|~|0|-1|0||f
-- > census|person|registered_on|1082|date|6|4|-1|f|f|r|16388|~|0|-1|0||f

-- # psqlODBC: primary key
SELECT ta.attname, ia.attnum, ic.relname, n.nspname, tc.relname FROM pg_catalog.pg_attribute ta,
  pg_catalog.pg_attribute ia, pg_catalog.pg_class tc, pg_catalog.pg_index i, pg_catalog.pg_namespace n,
  pg_catalog.pg_class ic
WHERE tc.relname = 'person' AND n.nspname = 'census' AND tc.oid = i.indrelid AND n.oid = tc.relnamespace
  AND i.indisprimary = 't' AND ia.attrelid = i.indexrelid AND ta.attrelid = i.indrelid
  AND ta.attnum = i.indkey[ia.attnum - 1] AND (NOT ta.attisdropped) AND (NOT ia.attisdropped) AND ic.oid = i.indexrelid
ORDER BY ia.attnum;

-- > attname name|attnum int2|relname name|nspname name|relname name
-- > person_id|1|person_pkey|census|person

-- # refused: a table that is not of the catalog
SELECT * FROM pg_secret;

-- ! 42P01 relation "pg_secret" does not exist in the system catalog

-- # refused: a column that is not there
SELECT relsecret FROM pg_class;

-- ! 42703 column "relsecret" does not exist

-- # refused: SQLite's own tables
SELECT * FROM pg_catalog.sqlite_schema;

-- ! 42P01 relation "pg_catalog.sqlite_schema" does not exist in the system catalog

-- # refused: the shadow's own table
SELECT * FROM pg_catalog.weir_definition;

-- ! 42P01 relation "pg_catalog.weir_definition" does not exist in the system catalog

-- # refused: SQLite's functions
SELECT load_extension('x') FROM pg_class;

-- ! 42883 function load_extension does not exist

-- # refused: an unknown function
SELECT pg_read_file('/etc/passwd');

-- ! 42883 function pg_read_file does not exist

-- # refused: another purpose's tables
SELECT * FROM district_plan.pg_catalog.pg_class;

-- ! 0A000 queries of the system catalog cannot use tables of another purpose here

-- # refused: a lock
SELECT * FROM pg_class FOR UPDATE;

-- ! 0A000 queries of the system catalog cannot use lockingClause of SelectStmt here

-- # refused: a malformed number
SELECT 'x'::int FROM pg_class;

-- ! 22P02 invalid input syntax for type integer

-- # refused: a hidden table
SELECT 'census.secret_list'::regclass FROM pg_class;

-- ! 42P01 relation "census.secret_list" does not exist

-- # nothing is known of a hidden table
SELECT to_regclass('census.secret_list'), to_regclass('census.person'), has_table_privilege('census.person', 'SELECT');

-- > to_regclass regclass|to_regclass regclass|has_table_privilege bool
-- > ~|person|t

-- # statistics are empty
SELECT * FROM pg_stat_user_tables;

-- > relid oid|schemaname name|relname name|seq_scan int8|seq_tup_read int8|idx_scan int8|idx_tup_fetch int8|n_tup_ins int8|n_tup_upd int8|n_tup_del int8|n_tup_hot_upd int8|n_live_tup int8|n_dead_tup int8|n_mod_since_analyze int8|n_ins_since_vacuum int8|last_vacuum timestamptz|last_autovacuum timestamptz|last_analyze timestamptz|last_autoanalyze timestamptz|vacuum_count int8|autovacuum_count int8|analyze_count int8|autoanalyze_count int8

-- # statistics of values: there is no such table
SELECT * FROM pg_stats;
-- ! 42P01 relation "pg_stats" does not exist in the system catalog
