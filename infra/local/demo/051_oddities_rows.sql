SET LOCAL search_path = oddities;

INSERT INTO every_type VALUES (1,
  7, 42, 1234567890123, 1.5, 2.25, true, '\x00ff7f', 12.50, 19.99, 3.14,
  'plain', 'varying', 'padded', 'a_name', 'x',
  '2026-01-02', '03:04:05.678901', '03:04:05+02', '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678901+00',
  '1 year 2 mons 3 days 04:05:06', '{"a": [1, {"b": null}]}', '{"b": 1, "a": {"c": [true, "x"]}}',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '192.168.1.1', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '10110', '101',
  '{1,2,3}', '{a,b}', '{"\\x00","\\xff"}', '{ok,sad}',
  '[1,5)', '["2026-01-01 00:00:00+00","2026-02-01 00:00:00+00")', '{[1,2),[3,4]}',
  'ok', 99.5, 5, '("Main Street",1,"{home}")', '{"(a,1,{})","(\"b, c\",2,)"}',
  '(1,2)', '{1,-1,0}', '[(0,0),(1,1)]', '((1,1),(0,0))', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),1>',
  'fat:2 cat:3', 'fat & cat', '16/B374D848', 4294967295);

INSERT INTO every_type (id) VALUES (2);

-- The greatest.
INSERT INTO every_type VALUES (3,
  32767, 2147483647, 9223372036854775807, '3.4028235e38', '1.7976931348623157e308', false, '\x',
  repeat('9', 60)::numeric + ('0.' || repeat('7', 40))::numeric, 9999999999.99, 92233720368547758.07,
  '', '', '', '', '',
  'infinity', '24:00:00', '24:00:00-15:59', 'infinity', 'infinity',
  '178000000 years', '"\u00e9 \\u00e9"', '"\u00e9"', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '0.0.0.0/0', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', '11111', '',
  '{}', '{}', '{}', '{}',
  'empty', '(,)', '{}',
  'it''s "fine", really', 100, 9007199254740993, '(,,)', '{}',
  '(Infinity,NaN)', '{0,1,-1.5}', '[(1e300,-1e-300),(0,0)]', '((2,2),(1,1))', '((0,0))', '((0,0))', '<(1,1),0>',
  '', '', 'FFFFFFFF/FFFFFFFF', 0);

-- The least.
INSERT INTO every_type VALUES (4,
  -32768, -2147483648, -9223372036854775808, '-Infinity', '-Infinity', false, decode(repeat('00', 300), 'hex'),
  'NaN', -9999999999.99, -92233720368547758.08,
  E'tab\there', E'line\nbreak', '  lead', 'n', '\',
  '-infinity', '00:00:00', '00:00:00+15:59', '-infinity', '-infinity',
  '-178000000 years -5 mons -3 days -04:05:06.789', ' { "dup" : 1, "dup" : 2 } ', '{"": 123456789012345678901234567890.5}',
  '00000000-0000-0000-0000-000000000000',
  '192.168.1.5/24', '::/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '00000', '0',
  '{NULL,-1,NULL}', '{NULL,"NULL","",",","\"","\\","{}"," "}', '{NULL}', '{NULL,"it''s \"fine\", really"}',
  '(,-2147483648)', '(-infinity,infinity)', '{(,0),[1,1]}',
  'sad', 0, -1, '("com,ma ""quote"" \\back",,"{NULL,""a,b""}")', '{NULL,"(,,)"}',
  '(-0,0)', '{1,0,0}', '[(0,0),(0,0)]', '((0,0),(0,0))', '((-1,-1),(1,1))', '((-1,-1),(1,1))', '<(-1.5,2.5),1e-10>',
  '''it''''s'':1A', '!a <-> b', '0/0', 1);

-- Ends of the calendars, nested arrays, values that IEEE floats single out.
INSERT INTO every_type (id, a_real, a_double, a_bigint, a_numeric, a_date, a_timestamp, a_timestamptz, an_interval,
    an_int_array, a_text_array, an_address) VALUES
  (5, 'NaN', 'NaN', 9007199254740993, 'Infinity', '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-02 00:00:00+00 BC',
    '-00:00:00.000001', '{{1,2},{3,NULL}}', '{{"a","b"},{"c,d","e"}}', '("",0,{})'),
  (6, '1e-45', '5e-324', -9007199254740993, '-Infinity', '5874897-12-31', '294276-12-31 23:59:59.999999',
    '294276-12-31 23:59:59.999999+00', '1 mon -1 day', '[0:2]={7,8,9}', '[2:2][0:1]={{x,y}}', NULL),
  (7, '-0', '-0', -1, ('-0.' || repeat('0', 50) || '1')::numeric, '0001-12-31 BC', '0001-12-31 23:59:59.999999 BC',
    '1883-11-18 12:03:57-07:52:58', '0', '{{{1}},{{2}}}', '{""}', '(NULL,-1,"{""\\\\""}")');

INSERT INTO strings VALUES
  (1, 'null', NULL), (2, 'empty', ''), (3, 'the letters of COPY''s null', '\N'), (4, 'the end mark of COPY', '\.'),
  (5, 'backslashes', '\\ \n \t \'), (6, 'tab', E'a\tb'), (7, 'newlines', E'\n\r\n\r'), (8, 'controls', E'\x01\x08\x0b\x0c\x1b\x7f'),
  (9, 'quotes and commas', 'a,"b",''c'';`d`'), (10, 'spaces', '  both ends  '), (11, 'composed', U&'caf\00e9'),
  (12, 'combining', U&'cafe\0301'), (13, 'astral', '🚀𝒜𠜎'), (14, 'joined', '👩‍👩‍👧‍👦🏳️‍🌈'), (15, 'right to left', 'שלום عليكم'),
  (16, 'byte order mark', U&'\FEFFx'), (17, 'line separators', U&'\2028\2029\0085'), (18, 'the word null', 'null'),
  (19, 'noncharacters', U&'\FFFE\FFFF\+10FFFF'), (20, 'formula', '=1+1'), (21, 'html', '<b>&amp;</b>'),
  (22, 'zero width', U&'a\200bb\00ad'), (23, 'braces', '{}${x}{{y}}');

INSERT INTO big_values
SELECT n,
  (SELECT string_agg(md5(n || '/' || i), '' ORDER BY i) FROM generate_series(1, 32768) i),
  jsonb_build_object('list', (SELECT jsonb_agg(md5(i || '/' || n) ORDER BY i) FROM generate_series(1, 28000) i)),
  (SELECT string_agg(sha256(int8send(n * 100000 + i)), '' ORDER BY i) FROM generate_series(1, 32768) i)
FROM generate_series(1::bigint, 3) n;

INSERT INTO "Order" VALUES (1, 'here', 10, 'a'), (2, 'there', NULL, '"');
INSERT INTO "Order Line" VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO "a ""quoted"" name" VALUES (1, 'in a table with quotes and spaces');
INSERT INTO "dotted.name" VALUES (1, 'in a table with a dot');
INSERT INTO "naïve_表_🚀" VALUES (1, 100);
INSERT INTO "slash/name" VALUES (1, 'the service does not export this table');
INSERT INTO comma_column VALUES (1, '52.5,13.4');
INSERT INTO space_column VALUES (1, 'nor this one');
INSERT INTO "MixedCase"."CamelTable" VALUES (1, '2026-01-02 03:04:05+00');
INSERT INTO no_key VALUES (1, 'twice'), (1, 'twice'), (NULL, NULL), (2, 'once');
INSERT INTO composite_key
  SELECT md5((n % 3)::text)::uuid, n, 'row ' || n FROM generate_series(1, 30) n;
INSERT INTO unlogged_scratch VALUES (1, 'gone after a crash, and never exported');
INSERT INTO derived (net) SELECT n * 1.11 FROM generate_series(1, 10) n;
INSERT INTO dropped_column VALUES (1, 'still here');
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'branch'), (3, 2, 'leaf'), (4, 1, 'leaf');
INSERT INTO parent VALUES (1, 'in the parent');
INSERT INTO child VALUES (2, 'in the child', 'more');
INSERT INTO by_month SELECT n, date '2026-01-01' + n::integer, 'day ' || n FROM generate_series(0::bigint, 89) n;

-- Cannot be refreshed concurrently: it has no unique index. And one that was never filled.
CREATE MATERIALIZED VIEW mv_without_key AS SELECT b, count(*) AS rows FROM no_key GROUP BY b;
CREATE MATERIALIZED VIEW mv_unpopulated AS SELECT a FROM no_key WITH NO DATA;
