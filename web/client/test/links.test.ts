import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressFrom, safeHref } from '../src/statement/links.ts'

test('only web and mail addresses can be clicked', () => {
  for (const fine of ['https://example.org/', 'http://example.org/a?b#c', 'mailto:a@example.org'])
    assert.equal(safeHref(fine), fine)
  for (const bad of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '/relative',
    '',
    'https://' + 'x'.repeat(3000),
    null,
    7,
    { href: 'https://example.org' },
  ])
    assert.equal(safeHref(bad), null)
})

test('what people type is completed', () => {
  assert.equal(addressFrom(' example.org/page '), 'https://example.org/page')
  assert.equal(addressFrom('me@example.org'), 'mailto:me@example.org')
  assert.equal(addressFrom('https://example.org'), 'https://example.org/')
  for (const bad of ['', 'word', 'two words', 'javascript:alert(1)']) assert.equal(addressFrom(bad), null)
})
