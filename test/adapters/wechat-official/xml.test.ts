import { describe, expect, it } from 'vitest'
import { readXml } from '../../../adapters/wechat-official/xml.ts'

describe('reading WeChat’s XML', () => {
  it('keeps texts as they were written: entities, CDATA, long numbers, blanks', () => {
    const fields = readXml(
      '<xml><A><![CDATA[ <b>&amp; ]]></A><B>1 &lt; 2 &#20320;&#x597D;</B><MsgId>23456789012345678901</MsgId><C><![CDATA[x]]]]><![CDATA[>y]]></C><D></D></xml>',
    )
    expect(Object.fromEntries(fields ?? [])).toEqual({
      A: ' <b>&amp; ',
      B: '1 < 2 你好',
      MsgId: '23456789012345678901',
      C: 'x]]>y',
      D: '',
    })
  })

  it('takes a customer’s words for words, also when they look like a document type', () => {
    const words = '<!DOCTYPE html><!ENTITY x "y">'
    expect(readXml(`<xml><Content><![CDATA[${words}]]></Content></xml>`)?.get('Content')).toBe(words)
  })

  it('reads no document type, so nothing can be expanded or fetched', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
    expect(readXml(`<!DOCTYPE xml [<!ENTITY l0 "lol">${laughs}]><xml><A>&l9;</A></xml>`)).toBeNull()
    expect(readXml('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><A>&f;</A></xml>')).toBeNull()
    const inside = readXml('<xml><!DOCTYPE x [<!ENTITY f "boom">]><A>&f;</A></xml>')
    expect(inside?.get('A') ?? '&f;').toBe('&f;')
  })

  it('says no to what is no message', () => {
    for (const broken of ['', 'hello', '{}', '<html></html>', '<xml', '<xml><A>']) {
      expect([...(readXml(broken)?.values() ?? [])].join('')).toBe('')
    }
  })

  it('cannot be made to write to objects', () => {
    readXml('<xml><__proto__><polluted>1</polluted></__proto__></xml>')
    expect('polluted' in {}).toBe(false)
  })
})
