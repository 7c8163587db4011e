CREATE TABLE images (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  prompt text NOT NULL,
  size text NOT NULL DEFAULT '1024x1024',
  status text NOT NULL DEFAULT 'todo' CHECK (status IN ('todo', 'done', 'refused')),
  path text,
  tokens integer,
  cost_usd numeric(12, 8),
  reason text,
  drawn_at timestamptz
);

INSERT INTO images (title, prompt, size) VALUES
  ('Lisbon', 'Travel poster of Lisbon: a yellow tram on a steep street, no text', '1024x1536'),
  ('Porto', 'Travel poster of Porto: the iron bridge at dusk, no text', '1024x1536'),
  ('Faro', 'Travel poster of Faro: storks on a white bell tower, no text', '1024x1536'),
  ('Evora', 'Travel poster of Evora: the Roman temple under stars, no text', '1024x1536'),
  ('Sintra', 'Travel poster of Sintra: a palace above the fog, no text', '1024x1536'),
  ('Coimbra', 'Travel poster of Coimbra: the old library by candlelight, no text', '1024x1536'),
  ('Braga', 'Travel poster of Braga: the zigzag stairway in spring, no text', '1024x1536'),
  ('Aveiro', 'Travel poster of Aveiro: striped houses and a painted boat, no text', '1024x1536'),
  ('Nazare', 'Travel poster of Nazare: a giant wave and a lighthouse, no text', '1024x1536'),
  ('Madeira', 'Travel poster of Madeira: a levada path in laurel forest, no text', '1024x1536'),
  ('Azores', 'Travel poster of the Azores: twin crater lakes, green and blue, no text', '1024x1536'),
  ('Obidos', 'Travel poster of Obidos: a walled town in evening light, no text', '1024x1536');
